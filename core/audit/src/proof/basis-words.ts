/** What a look rested on, as it is told when nobody typed a reason. */
export const BASIS_WORDS: Readonly<Record<string, string>> = {
  self: 'Chính chủ xem',
  own: 'Hồ sơ của chính cơ sở này',
  encounter: 'Đang khám, điều trị tại cơ sở này',
  appointment: 'Có lịch hẹn tại cơ sở này',
  referral: 'Được chuyển đến cơ sở này',
  'care-team': 'Thuộc nhóm điều trị của người bệnh',
  share: 'Người bệnh cho xem bằng mã chia sẻ',
  guardian: 'Cha mẹ, người giám hộ xem',
  delegation: 'Người được chính chủ ủy quyền xem',
};
