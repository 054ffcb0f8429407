import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const cham: MantineColorsTuple = [
  '#EEF2FB',
  '#DCE5F7',
  '#B9C8EA',
  '#8AA3D9',
  '#5878BE',
  '#3F62AF',
  '#2A4B9B',
  '#1E3878',
  '#182D61',
  '#14264F',
];

/** The Mantine theme of all three doors, made from the tokens of `tokens.css`: one accent (chàm), small radii, one shadow. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font)',
  headings: { fontFamily: 'var(--font)', fontWeight: '700' },
  black: '#14181F',
  white: '#FFFFFF',
  colors: { cham },
  primaryColor: 'cham',
  primaryShade: 6,
  defaultRadius: '6px',
  radius: { xs: '3px', sm: '6px', md: '10px', lg: '16px', xl: '16px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '17px' },
  lineHeights: { xs: '14px', sm: '16px', md: '18px', lg: '20px', xl: '22px' },
  shadows: { xs: 'var(--e1)', sm: 'var(--e1)', md: 'var(--e2)', lg: 'var(--e2)', xl: 'var(--e2)' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Modal: {
      defaultProps: {
        transitionProps: { duration: 90 },
        overlayProps: { backgroundOpacity: 0.56, color: '#14181F' },
      },
    },
    Drawer: {
      defaultProps: {
        transitionProps: { duration: 180 },
        overlayProps: { backgroundOpacity: 0.56, color: '#14181F' },
      },
    },
  },
});

/** Mantine's generated colours, set to the inks of the tokens so that text keeps its measured contrast. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#14181F',
    '--mantine-color-dimmed': '#5A6371',
    '--mantine-color-body': '#FFFFFF',
    '--mantine-color-error': '#B3261E',
    '--mantine-color-placeholder': '#5A6371',
    '--mantine-color-default-border': '#838C99',
    '--mantine-color-anchor': '#2A4B9B',
  },
  dark: {},
});
