"""The five banks' statements as PDFs, set where the banks set them.

Layouts after what programs that read the real ones know of them; names and numbers are made up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import accumulate

from ledger.money import format_baht
from tests.fund.bank.builders import KBANK
from tests.fund.bank.papers import Paper

DASHED = f"{KBANK[:3]}-{KBANK[3]}-{KBANK[4:9]}-{KBANK[9]}"


@dataclass(frozen=True)
class Entry:
    """One printed entry; satang, + into the account."""

    on: date
    amount: int
    kind: str = "รับโอนเงิน"
    detail: str = ""
    at: time = time(22, 30)
    channel: str = "K PLUS"
    tax: int = 0
    more: str = ""  # the second row of the detail
    is_split: bool = False  # the page ends between its two rows


@dataclass(frozen=True)
class Statement:
    """What a bank prints; a test changes one thing in it."""

    entries: tuple[Entry, ...]
    opening: int = 1_000_000
    rows_a_page: int = 30
    from_on: date = date(2026, 11, 1)
    to_on: date = date(2026, 11, 30)
    account: str = DASHED
    is_english: bool = False

    @property
    def balances(self) -> list[int]:
        return list(accumulate((entry.amount - entry.tax for entry in self.entries), initial=self.opening))

    @property
    def totals(self) -> tuple[int, int, int, int]:
        """How many came, their satang, how many went, their satang."""
        came = [entry.amount for entry in self.entries if entry.amount > 0]
        went = [-entry.amount for entry in self.entries if entry.amount < 0]
        return len(came), sum(came), len(went), sum(went)

    def pages(self) -> Iterator[tuple[int, Sequence[tuple[Entry, int]]]]:
        """The number of each page, its entries with the balances after them."""
        told = list(zip(self.entries, self.balances[1:], strict=True))
        for number, begin in enumerate(range(0, max(len(told), 1), self.rows_a_page), start=1):
            yield number, told[begin : begin + self.rows_a_page]

    @property
    def page_count(self) -> int:
        return max(1, -(-len(self.entries) // self.rows_a_page))


Print = Callable[[Statement], Paper]


def kbank(made: Statement) -> Paper:
    """Facts above the table on each page; a margin's stamp; details cut off in the middle of a word."""
    paper, en = Paper(), made.is_english
    in_count, in_sum, out_count, out_sum = made.totals
    held, rest = made.opening, ""
    for number, entries in made.pages():
        if number > 1:
            paper.turn()
        paper.put(472, 56, f"{'(PAGE/OF)' if en else 'หน้าที่ (PAGE/OF)'} {number}/{made.page_count}")
        paper.put(345, 84, "Account Number" if en else "เลขที่บัญชีเงินฝาก")
        paper.put(410, 84, made.account)
        paper.put(345, 97, "Period" if en else "รอบระหว่างวันที่")
        paper.put(410, 97, f"{made.from_on:%d/%m/%Y} - {made.to_on:%d/%m/%Y}")
        paper.put(345, 123, "Ending Balance" if en else "ยอดยกไป")
        paper.right(533, 123, format_baht(made.balances[-1]))
        for y, label, count, total in (
            (136, "Total Withdrawal" if en else "รวมถอนเงิน", out_count, out_sum),
            (149, "Total Deposit" if en else "รวมฝากเงิน", in_count, in_sum),
        ):
            paper.put(345, y, label)
            paper.put(410, y, f"{count} {'Items' if en else 'รายการ'}")
            paper.right(533, y, format_baht(total))
        _kbank_headings(paper, en)
        paper.put(68, 200, f"{entries[0][0].on if entries else made.from_on:%d-%m-%y}")
        paper.put(123, 200, "Beginning Balance" if en else "ยอดยกมา")
        paper.right(329, 200, format_baht(held))
        if rest:
            paper.put(404, 208, rest)
        rest = ""
        for index, (entry, balance) in enumerate(entries):
            y = 220 + 18 * index
            paper.put(68, y, f"{entry.on:%d-%m-%y}")
            paper.put(101, y, f"{entry.at:%H:%M}")
            paper.put(123, y, entry.kind)
            paper.right(252 if entry.amount < 0 else 267, y, format_baht(abs(entry.amount)))
            paper.right(329, y, format_baht(balance))
            paper.put(333, y, entry.channel)
            paper.put(404, y, entry.detail)
            if entry.is_split:
                rest = entry.more
            elif entry.more:
                paper.put(404, y + 8, entry.more)
            held = balance
        paper.put(52, 400.4, "KBPDF")
        paper.put(66, 800, "Issued by K PLUS" if en else "ออกโดย K PLUS")
        paper.put(404, 808, "400/22 ถนนพหลโยธิน")
    return paper


def _kbank_headings(paper: Paper, is_english: bool) -> None:
    """Three rows of them."""
    if is_english:
        words = [(101, 174, "Time/"), (285, 174, "Outstanding Balance"), (74, 180, "Date"), (152, 180, "Descriptions")]
        words += [(205, 180, "Withdrawal /"), (240, 180, "Deposit"), (357, 180, "Channel"), (454, 180, "Details")]
        words += [(97, 186, "Eff.Date"), (294, 186, "(THB)")]
    else:
        words = [(101, 174, "เวลา/"), (285, 174, "ยอดคงเหลือ"), (74, 180, "วันที่"), (152, 180, "รายการ")]
        words += [(213, 180, "ถอนเงิน /"), (240, 180, "ฝากเงิน"), (357, 180, "ช่องทาง"), (454, 180, "รายละเอียด")]
        words += [(97, 186, "วันที่มีผล"), (294, 186, "(บาท)")]
    for x, y, word in words:
        paper.put(x, y, word)


def krungthai(made: Statement) -> Paper:
    """The time below the day, two columns of amounts, interest with its tax on one row, totals at the end."""
    paper = Paper(size=7)
    for number, entries in made.pages():
        if number > 1:
            paper.turn()
        paper.put(40, 40, "ธนาคารกรุงไทย รายการเดินบัญชี")
        paper.put(397, 55, f"รายการบัญชีระหว่างวันที่ {_short(made.from_on)} ถึง {_short(made.to_on)}")
        paper.put(40, 70, f"เลขที่บัญชี {made.account.replace('-', '')} สกุลเงิน THB")
        for x, word in ((40, "วันที่/เวลา"), (82, "รายการ"), (210, "รายละเอียด"), (345, "ถอนเงิน"), (410, "ฝากเงิน")):
            paper.put(x, 90, word)
        paper.put(470, 90, "ยอดคงเหลือ")
        paper.put(544, 90, "สาขา")
        for index, (entry, balance) in enumerate(entries):
            y = 110 + 20 * index
            paper.put(40, y, _short(entry.on))
            paper.put(82, y, entry.kind)
            paper.put(210, y, entry.detail)
            if entry.amount < 0 or entry.tax:
                paper.right(377, y, format_baht(entry.tax or -entry.amount))
            if entry.amount > 0:
                paper.right(439, y, format_baht(entry.amount))
            paper.right(516, y, format_baht(balance))
            paper.put(544, y, "690")
            paper.put(40, y + 9, f"{entry.at:%H:%M}")
            paper.put(210, y + 9, entry.more)
        paper.put(40, 800, f"บริษัท ธนาคารกรุงไทย จำกัด มหาชน หน้า {number}")
    in_count, in_sum, out_count, out_sum = made.totals
    paper.put(40, 760, f"รายการถอนทั้งหมด {out_count} {format_baht(out_sum)}")
    paper.put(40, 775, f"รายการฝากทั้งหมด {in_count} {format_baht(in_sum)}")
    return paper


def bbl(made: Statement) -> Paper:
    """Headings in two languages on two rows, a balance brought forward once, the number of the page."""
    paper = Paper(size=7)
    for number, entries in made.pages():
        if number > 1:
            paper.turn()
        paper.put(40, 30, "Bangkok Bank Public Company Limited")
        paper.put(300, 45, f"เลขที่บัญชี/Account No. {made.account}")
        paper.put(300, 57, "สกุลเงิน/Currency THB")
        paper.put(300, 69, f"รอบรายการบัญชี / Statement Period {made.from_on:%d/%m/%Y} - {made.to_on:%d/%m/%Y}")
        for x, thai, word in (
            (40, "วันที่", "Date"), (90, "รายการ", "Particulars"), (190, "เลขที่เช็ค", "Chq.No."), (250, "ถอน", "Withdrawal"),
            (320, "ฝาก", "Deposit"), (400, "คงเหลือ", "Balance"), (470, "ผ่านทาง", "Via"),
        ):  # fmt: skip
            paper.put(x, 90, thai)
            paper.put(x, 100, word)
        if number == 1:
            paper.put(40, 115, f"{made.from_on:%d/%m/%y}")
            paper.put(90, 115, "B/F")
            paper.right(440, 115, format_baht(made.opening))
        for index, (entry, balance) in enumerate(entries):
            y = 130 + 20 * index
            paper.put(40, y, f"{entry.on:%d/%m/%y}")
            paper.put(90, y, entry.kind)
            paper.put(190, y, entry.detail)
            paper.right(285 if entry.amount < 0 else 355, y, format_baht(abs(entry.amount)))
            paper.right(440, y, format_baht(balance))
            paper.put(470, y, entry.channel)
        paper.put(40, 800, "ถ้าไม่มีการคัดค้านรายการใดใน Statement นี้ ภายใน 14 วัน")
        paper.put(500, 812, f"Page {number}/{made.page_count}")
    return paper


def gsb(made: Statement) -> Paper:
    """Tax beside the amount; brought and carried forward, totals of the page and, on the last, of all."""
    paper, held = Paper(size=7), made.opening
    for number, entries in made.pages():
        if number > 1:
            paper.turn()
        paper.put(40, 40, "ธนาคารออมสิน เดินบัญชีเงินฝาก")
        paper.put(40, 55, f"เลขที่บัญชี {made.account.replace('-', '')}")
        paper.put(300, 55, f"ตั้งแต่วันที่ {_long(made.from_on)} ถึงวันที่ {_long(made.to_on)}")
        for x, word in (
            (40, "วันที่"), (90, "รายการ"), (140, "คำอธิบาย"), (270, "จำนวนเงิน"), (330, "ภาษี"), (380, "คงเหลือ"),
            (460, "สาขา"), (500, "ผู้ทำรายการ"),
        ):  # fmt: skip
            paper.put(x, 80, word)
        paper.put(90, 95, "B/F ยอดยกมา")
        paper.right(430, 95, format_baht(held))
        for index, (entry, balance) in enumerate(entries):
            y = 110 + 20 * index
            paper.put(40, y, _long(entry.on))
            paper.put(90, y, "MPPSD" if entry.amount > 0 else "MOPSW")
            paper.put(140, y, entry.kind)
            paper.right(310, y, format_baht(abs(entry.amount)))
            paper.right(360, y, format_baht(entry.tax))
            paper.right(430, y, format_baht(balance))
            paper.put(460, y, "9999")
            paper.put(500, y, "12345")
            paper.put(140, y + 9, entry.more)
            held = balance
        page = replace(made, entries=tuple(entry for entry, _ in entries))
        paper.put(90, 750, _sides("Page", page.totals))
        if number == made.page_count:
            paper.put(90, 765, _sides("Total", made.totals))
        paper.put(90, 780, f"C/F ยอดยกไป {format_baht(held)}")
    return paper


def baac(made: Statement) -> Paper:
    """Day and time glued together, SARA AM in two letters, a minus before what goes out; nothing else to hold on to."""
    paper = Paper(size=7)
    for number, entries in made.pages():
        if number > 1:
            paper.turn()
        paper.put(35, 40, f"ชื่อเจ้าของบัญชี นาย ตัวอย่าง ขอนแก่น เลขที่บัญชี {made.account}")
        for x, word in ((35, "วันที่"), (99, "รายการ"), (147, "คําอธิบาย"), (400, "ถอน"), (450, "ฝาก"), (489, "ยอดคงเหลือ")):
            paper.put(x, 70, word)
        for index, (entry, balance) in enumerate(entries):
            y = 90 + 20 * index
            paper.put(35, y, f"{entry.on:%d-%m-}{entry.on.year + 543}{entry.at:%H:%M:%S}")
            paper.put(99, y, "ATD" if entry.amount > 0 else "ATW")
            paper.put(147, y, entry.kind.replace("ำ", "ํา"))
            paper.right(420 if entry.amount < 0 else 470, y, format_baht(entry.amount))
            paper.right(520, y, format_baht(balance))
            paper.put(147, y + 9, entry.more)
    return paper


def _short(day: date) -> str:
    return f"{day:%d/%m/}{(day.year + 543) % 100}"


def _long(day: date) -> str:
    return f"{day:%d/%m/}{day.year + 543}"


def _sides(label: str, totals: tuple[int, int, int, int]) -> str:
    in_count, in_sum, out_count, out_sum = totals
    return f"{label} Dr. = {out_count} {format_baht(out_sum)} Cr. = {in_count} {format_baht(in_sum)}"
