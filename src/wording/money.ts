import type { Money } from '../core/model/meters/money.ts';
import { centsOf } from '../core/prices.ts';

/** Formats picodollars: `$0.42`, `$1,204`, `<$0.01`. */
export function dollars(pico: bigint): string {
  const cents = centsOf(pico);
  if (cents === 0 && pico > 0n) return '<$0.01';
  const whole = Math.floor(cents / 100);
  // Cents are of no interest beside a thousand.
  if (whole >= 1_000) return `$${Math.round(cents / 100).toLocaleString('en-US')}`;
  return `$${whole}.${String(cents % 100).padStart(2, '0')}`;
}

/** Formats an amount in at most eight cells: `≥$192.40`, `$2.87p` of a plan; `none` where no call has a price. */
export function moneyCell(money: Money | null, none: string): string {
  if (money === null || money.basis === 'unknown') return none;
  const amount = dollars(money.pico);
  return `${money.isAtLeast && !amount.startsWith('<') ? '≥' : ''}${amount}${money.basis === 'plan' ? 'p' : ''}`;
}

/** Formats an amount in running text: `≥$192.40`, `$2.87 plan`. */
export function moneyShort(money: Money): string {
  return moneyCell(money, '').replace(/p$/u, ' plan');
}

/** Formats an amount with how it is known: `≥$0.42 list price, 3 calls unpriced`. */
export function moneyWords(money: Money | null): string {
  if (money === null) return '';
  const { basis, unpriced, isAtLeast, pico } = money;
  const missing = unpriced === 0 ? '' : `, ${unpriced} ${unpriced === 1 ? 'call' : 'calls'} unpriced`;
  if (basis === 'unknown') return `no price is known${missing}`;
  return `${isAtLeast ? '≥' : ''}${dollars(pico)} ${basis === 'plan' ? 'plan, at list price' : 'list price'}${missing}`;
}
