/** What a holder can't see, and what is proved all the same. */
export const secretRates = (commitment: string): string =>
  `Requirements here follow rates that the exchange keeps secret, under rules commitment\n  ${commitment}\n` +
  "It is proved that these rates never fall with size and are the same for every account, and for every epoch with this\n" +
  "commitment. Nobody outside can see whether they are fair: compare them with what you were told.";
