import type { Issue } from '@yba/fhir';

/** Words for refusals that come from the store in English alone, by IssueType. */
const REMEDIES: Readonly<Record<string, string>> = {
  required: 'Thiếu phần tử bắt buộc.',
  structure: 'Cấu trúc không đúng chuẩn FHIR R4.',
  value: 'Giá trị không hợp lệ.',
  invalid: 'Không đọc được nội dung.',
  invariant: 'Không thỏa ràng buộc của FHIR hoặc hồ sơ (profile).',
  'code-invalid': 'Mã không có trong danh mục.',
  extension: 'Phần mở rộng không dùng được ở đây.',
  'too-long': 'Giá trị quá dài.',
  'business-rule': 'Trái quy tắc của hệ thống.',
  forbidden: 'Không được phép.',
  'not-found': 'Không tìm thấy, hoặc không mở cho cơ sở.',
  'not-supported': 'Chưa được hỗ trợ.',
  'multiple-matches': 'Nhiều hồ sơ cùng khớp; mã định danh phải chỉ đúng một.',
  conflict: 'Thuộc về cơ sở khác, hoặc đã có bản mới hơn.',
  deleted: 'Đã bị xóa.',
  transient: 'Hệ thống đang bận; sẽ thử lại.',
  'lock-error': 'Đang có thay đổi khác; sẽ thử lại.',
  timeout: 'Quá thời gian; sẽ thử lại.',
  processing: 'Không xử lý được nội dung.',
};

/** Vietnamese letters that English does not have: such words are in both languages already. */
const VIETNAMESE = /[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]/i;

/** What is quoted of the message says nothing of the language. */
const QUOTED = /'[^']*'|"[^"]*"|“[^”]*”/g;

/** The issue with what it means in Vietnamese ahead of the store's words. */
export function inBothLanguages(issue: Issue): Issue {
  const { diagnostics = '', code } = issue;
  const remedy = REMEDIES[code];
  return remedy && !VIETNAMESE.test(diagnostics.replace(QUOTED, ''))
    ? { ...issue, diagnostics: `${remedy} ${diagnostics}`.trim() }
    : issue;
}
