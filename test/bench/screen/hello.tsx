/** The smallest Ink app that opens a whole screen and answers a key: the floor of start, keys and standing idle. */
import { Box, render, Text, useInput } from 'ink';
import { type ReactNode, useState } from 'react';

function Hello(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  useInput((key) => {
    if (key === '?') setOpen((open) => !open);
  });
  return (
    <Box>
      <Text>{isOpen ? 'Keys' : 'hello, Conversations'}</Text>
    </Box>
  );
}

render(<Hello />, { alternateScreen: true, incrementalRendering: true, maxFps: 120, exitOnCtrlC: false });
