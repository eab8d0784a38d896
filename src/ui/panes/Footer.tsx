import type { ReactNode } from 'react';
import { Lines } from '../components/Lines.tsx';
import { footerLine } from '../lines/edges/footer.ts';
import type { FooterProps } from './props.ts';

/** The keys. */
export function Footer(props: FooterProps): ReactNode {
  return <Lines lines={[footerLine(props)]} width={props.width} theme={props.theme} />;
}
