/** Element names of one table: its root and, for a table of many rows, the list and the row. */
export type Layout = { root: string; list?: string; row?: string };

/** How each table of a dossier is laid out. Source: appendix of QĐ 4750/QĐ-BYT. */
export const layouts: Readonly<Record<string, Layout>> = {
  XML0: { root: 'CHI_TIEU_TRANG_THAI_KCB', list: 'DSACH_TRANG_THAI_KCB', row: 'TRANG_THAI_KCB' },
  XML1: { root: 'TONG_HOP' },
  XML2: { root: 'CHITIEU_CHITIET_THUOC', list: 'DSACH_CHI_TIET_THUOC', row: 'CHI_TIET_THUOC' },
  XML3: { root: 'CHITIEU_CHITIET_DVKT_VTYT', list: 'DSACH_CHI_TIET_DVKT', row: 'CHI_TIET_DVKT' },
  XML4: { root: 'CHITIEU_CHITIET_DICHVUCANLAMSANG', list: 'DSACH_CHI_TIET_CLS', row: 'CHI_TIET_CLS' },
  XML5: {
    root: 'CHITIEU_CHITIET_DIENBIENLAMSANG',
    list: 'DSACH_CHI_TIET_DIEN_BIEN_BENH',
    row: 'CHI_TIET_DIEN_BIEN_BENH',
  },
  XML6: {
    root: 'CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    list: 'DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
    row: 'HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS',
  },
  XML7: { root: 'CHI_TIEU_DU_LIEU_GIAY_RA_VIEN' },
  XML8: { root: 'CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN' },
  XML9: {
    root: 'CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH',
    list: 'DSACH_GIAYCHUNGSINH',
    row: 'DU_LIEU_GIAY_CHUNG_SINH',
  },
  XML10: { root: 'CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI' },
  XML11: { root: 'CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI' },
  XML12: { root: 'CHI_TIEU_DU_LIEU_GIAM_DINH_Y_KHOA' },
  XML13: { root: 'CHI_TIEU_GIAYCHUYENTUYEN' },
  XML14: { root: 'CHI_TIEU_GIAYHEN_KHAMLAI' },
  XML15: {
    root: 'CHI_TIEU_DIEUTRI_BENHLAO',
    list: 'DSACH_CHITIET_DIEUTRI_BENHLAO',
    row: 'CHITIET_DIEUTRI_BENHLAO',
  },
};

/** Tables that become clinical resources; every table is also kept as it was sent. */
export const mappedTables: ReadonlySet<string> = new Set(['XML1', 'XML2', 'XML3', 'XML4']);
