/** Vietnamese words of the privacy desk. */
export const vi = {
  deskTitle: 'Bảo vệ dữ liệu',
  tabs: 'Việc của bảo vệ dữ liệu',
  tabKeys: 'Chuyển trang',
  alertsTab: 'CẢNH BÁO',
  onlyOfficer: 'Trang này dành cho cán bộ bảo vệ dữ liệu',
  onlyOfficerHint: 'Vai trò của bạn không xem được. Cần việc này, nhờ quản trị của nơi bạn làm đổi vai trò.',
  // alerts
  alertsTitle: 'Cảnh báo truy cập',
  alertsEmpty: 'Không có cảnh báo nào',
  alertsEmptyHint: 'Lần xem bất thường sẽ hiện ở đây: xem hàng loạt, ngoài giờ, người cùng họ, đồng nghiệp.',
};
