/**
 * Whether this is the grammar of a 5-character facility code: two digits of the province list before July 2025
 * and three more characters. The digits say nothing about the province of today.
 */
export const isFacilityCode = (text: string): boolean => /^\d{2}[0-9A-Z]{3}$/.test(text);

/** The 13-digit number of the health ministry's own register, sent by mistake where the 5-character code belongs. */
export const isGlobalLocationNumber = (text: string): boolean => /^\d{13}$/.test(text);
