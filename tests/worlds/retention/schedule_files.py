"""Files of a retention schedule."""

TOML = """[rule_set]
code = "nghanh"
title = "Thử"
instrument = "QĐ 5/QĐ-SNV"
article = "Phụ lục"
valid_from = 2026-01-01

[[rule]]
code = "A.1"
title = "Hợp đồng"
event = "contract-ends"
years = 5
article = "mục 1"

[[rule]]
code = "A.2"
title = "Vĩnh viễn"
permanent = true
article = "mục 2"
"""
HEAD = {
    "code": "own", "title": "Bảng", "instrument": "QĐ 5", "article": "Phụ lục",
    "valid_from": "01/01/2026",
}  # fmt: skip
# In the layout of a published schedule; its terms are of a test, not of the law.
CSV = """schedule,status,group_code,group,record_type,sub_type,period,kind,years,start_rule,source
TT 1 (cũ),x,1,Tổng hợp,Văn bản gửi chung,,Đến khi văn bản hết hiệu lực,event,,,
TT 1 (cũ),x,1,Tổng hợp,Hội nghị,Tổng kết,Vĩnh viễn,permanent,,,
TT 1 (cũ),x,2,Xây dựng,Hồ sơ thầu,,5 năm sau khi chấm dứt hợp đồng,event,,,
TT 1 (cũ),x,2,Xây dựng,Hồ sơ công trình,,Theo tuổi thọ công trình,event,,,
TT 1 (cũ),x,2,Xây dựng,Kế hoạch,,15 năm,years,15,,
"""
