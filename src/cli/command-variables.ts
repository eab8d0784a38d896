import { type Command, InvalidArgumentError, type Option } from 'commander';
import { readSwitch, variableOf } from '../config/layers/environment.ts';

/** Gives a command's own options what the environment says of them, where the command line says nothing. */
export function readCommandVariables(command: Command): void {
  // The program's options are the configuration's business, which knows more places than these two.
  if (command.parent === null) return;
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) === 'cli') continue;
    const value = valueOf(command, option);
    if (value !== undefined) command.setOptionValueWithSource(name, value, 'env');
  }
}

/** An option as whoever gave it spelt it: by its flag or by its variable. */
export function nameOf(command: Command, option: string): string {
  const flag = command.options.find((one) => one.attributeName() === option)?.long ?? option;
  return command.getOptionValueSource(option) === 'env' ? variableOf(option) : flag;
}

function valueOf(command: Command, option: Option): unknown {
  const name = option.attributeName();
  if (option.isBoolean()) return readSwitch(process.env, name);
  const text = process.env[variableOf(name)];
  if (text === undefined || text === '') return undefined;
  try {
    return option.parseArg?.(text, undefined) ?? text;
  } catch (error) {
    if (error instanceof InvalidArgumentError)
      command.error(`error: ${variableOf(name)} is '${text}'. ${error.message}`);
    throw error;
  }
}
