/** Vietnamese words of the lock screen. */
export const vi = {
  title: 'Màn hình đang khóa',
  lead: 'Việc đang làm vẫn ở chỗ cũ. Chỉ {{name}} mở lại được.',
  password: 'Mật khẩu của bạn',
  enter: 'Vào lại',
  entering: 'Đang vào…',
  passkey: 'Dùng khóa trên máy này',
  passkeyHint: 'Vân tay, khuôn mặt hoặc khóa bảo mật.',
  passkeyStopped: 'Chưa dùng được khóa. Hãy thử lại hoặc nhập mật khẩu.',
  rehearsal: 'Bản diễn tập: chạm để vào lại',
  someoneElse: 'Người khác dùng máy này',
  someoneElseHint: 'Phiên này kết thúc; người sau không thấy gì của bạn',
  signOut: 'Đăng xuất',
  fill: 'Hãy nhập mật khẩu.',
} as const;
