/** Vietnamese words of the parts that all doors share. */
export const vi = {
  signingIn: 'Đang đăng nhập…',
  signInFailed: 'Chưa đăng nhập được',
  signInAgain: 'Đăng nhập lại',
  cancelled: 'Bạn đã dừng việc đăng nhập. Bấm đăng nhập lại khi sẵn sàng.',
  stale: 'Lần đăng nhập này đã cũ hoặc mở ở thẻ khác. Hãy đăng nhập lại từ đây.',
  refused: 'Máy chủ từ chối lần đăng nhập này. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên của nơi bạn làm.',
  notFoundTitle: 'Không có trang này',
  notFound: 'Địa chỉ có thể đã đổi, hoặc gõ thiếu. Về trang đầu rồi chọn cửa vào.',
  home: 'Về trang đầu',
  pageErrorTitle: 'Trang này gặp lỗi',
  pageError: 'Dữ liệu đã lưu không bị mất. Hãy tải lại trang; nếu vẫn lỗi, báo quản trị viên.',
  reload: 'Tải lại trang',
  signOut: 'Đăng xuất',
  account: 'Tài khoản',
  errorNetwork: 'Không tới được máy chủ. Kiểm tra mạng rồi thử lại.',
  errorLogin: 'Phiên làm việc đã hết. Hãy đăng nhập lại.',
  refusedTitle: 'Phần này không mở được',
  errorForbidden:
    'Vai trò của bạn không được xem phần này. Nếu công việc cần đến, hãy hỏi quản trị của nơi bạn làm.',
  errorNotFound: 'Không tìm thấy, hoặc hồ sơ chưa mở cho bạn. Tìm người bệnh rồi mở hồ sơ với lý do.',
  errorThrottled: 'Bạn hỏi quá nhanh. Đợi vài giây rồi thử lại.',
  errorInvalid:
    'Máy chủ không nhận nội dung này. Xem lại những gì vừa nhập rồi gửi lại; nếu vẫn vậy, chuyển sang tiếng Anh để đọc lý do, rồi báo quản trị viên.',
  errorConflict: 'Dữ liệu vừa được người khác sửa. Tải lại rồi làm tiếp.',
  errorServerPlain: 'Máy chủ gặp lỗi. Thử lại sau ít phút.',
  errorServer: 'Máy chủ gặp lỗi. Thử lại sau ít phút; mã yêu cầu {{detail}}.',
} as const;
