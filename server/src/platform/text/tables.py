#!/usr/bin/env python3
"""Writes `tables.rs`, and the same tables as the SQL that a migration defines the functions with.

Both are made from one source, so that server and database agree. Run it with Python 3.11 (Unicode 14, which is the
oldest that a supported PostgreSQL knows) and `unicodedata2` 18:

    python3.11 tables.py rust > tables.rs
    python3.11 tables.py sql > functions.sql

Folding of letters that are younger than Unicode 14 is not in Python 3.11: `FOLDED_LATER` names it.
"""

import json
import sys
import unicodedata as old

import unicodedata2 as new

assert old.unidata_version == "14.0.0" and new.unidata_version == "18.0.0"

CODES = [code for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]

FOLDED_LATER = {0x1C89: 0x1C8A, 0xA7CB: 0x264, 0xA7CC: 0xA7CD, 0xA7CE: 0xA7CF, 0xA7D2: 0xA7D3, 0xA7D4: 0xA7D5, 0xA7DA: 0xA7DB, 0xA7DC: 0x19B}
FOLDED_LATER |= {code: code + 0x20 for code in range(0x10D50, 0x10D66)} | {code: code + 0x1B for code in range(0x16EA0, 0x16EB9)}

# Default_Ignorable_Code_Point beyond the category Cf: fillers, variation selectors, and what is reserved for such.
IGNORABLE = [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164, *range(0xFE00, 0xFE10), 0xFFA0]
IGNORABLE += [*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)]

# Accents: marks of Latin, Greek and Cyrillic, points of Hebrew and Arabic, which people leave out when they search.
# Marks of other scripts are vowels and parts of letters, and stay.
ACCENTS = [(0x300, 0x36F), (0x483, 0x487), (0x591, 0x5BD), (0x5BF, 0x5BF), (0x5C1, 0x5C2), (0x5C4, 0x5C5), (0x5C7, 0x5C7), (0x610, 0x61A)]
ACCENTS += [(0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6DC), (0x6DF, 0x6E4), (0x6E7, 0x6E8), (0x6EA, 0x6ED), (0x1AB0, 0x1AFF)]
ACCENTS += [(0x1DC0, 0x1DFF), (0x20D0, 0x20F0), (0xFE20, 0xFE2F)]

# Letters that are another letter with a stroke, a hook or a tail, and ligatures: no decomposition says so.
PLAIN = dict(zip("øłđħŧıŋĸðƀɓƃƈɖɗƌɠƙƚɲƞƥƫƭʈʋƴƶǥȡȶɨɵ", "oldhtinqdbbbcdddgklnnptttvyzgdtio", strict=True))
PLAIN |= {"æ": "ae", "œ": "oe", "þ": "th"}
# Of these the database's newer versions alone know what they are made of.
PLAIN |= {"\U000105c9": "\U000105d2", "\U000105e4": "\U000105da"}
# Letters of their own, though they are written with an accent: й and ў.
KEPT = {"и\u0306": "й", "у\u0306": "ў"}
# Signs of ownership, which belong to no word.
OWNED = "©®℗™℠"


def nfkc(code: int) -> str:
    return new.normalize("NFKC", chr(code))


def ranges(codes: list[int], gap: int = 0) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in sorted(set(codes)):
        if found and code <= found[-1][1] + 1 + gap:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


# Characters that PostgreSQL 15 does not know yet, and what they stand for.
YOUNG = {chr(code): nfkc(code) for code in CODES if nfkc(code) != old.normalize("NFKC", chr(code))}
IGNORED = ranges([code for code in CODES if new.category(chr(code)) == "Cf"] + IGNORABLE)
BLANKS = ranges([code for code in CODES if new.category(chr(code)) in {"Cc", "Zs", "Zl", "Zp"}])
FOLDS = {chr(code): chr(code).casefold() for code in CODES if old.category(chr(code)) != "Cn"}
FOLDS |= {chr(code): chr(folded) for code, folded in FOLDED_LATER.items()}
FOLDS = {letter: folded for letter, folded in FOLDS.items() if letter != folded and nfkc(ord(letter)) == letter}
SYMBOLS = [code for code in CODES if new.category(chr(code)) == "So" and code != 0x2800 and chr(code) not in OWNED]
SEPARATORS = [code for code in CODES if new.category(chr(code)) in {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "Cc", "Zs", "Zl", "Zp"}]
SEPARATORS += [0x2800]
SYMBOLS, SEPARATORS = ranges(SYMBOLS), ranges(SEPARATORS)


def rust_text(text: str) -> str:
    return "".join(letter if new.category(letter)[0] in "LN" else f"\\u{{{ord(letter):x}}}" for letter in text)


def rust() -> None:
    print("//! Tables of the forms of text, written by `tables.py`. Those of the database are the same.\n")
    print("pub(super) type Ranges = &'static [(char, char)];")
    print("pub(super) type Spellings = &'static [(char, &'static str)];\n")

    def table(kind: str, name: str, why: str, items: list[str]) -> None:
        print(f"/// {why}\n#[rustfmt::skip]\npub(super) static {name}: {kind} = &[")
        line = "   "
        for item in items:
            if len(line) + len(item) > 117:
                print(line)
                line = "   "
            line += f" {item},"
        print(f"{line}\n];\n")

    def spans(name: str, why: str, of: list[tuple[int, int]]) -> None:
        table("Ranges", name, why, [f"('\\u{{{first:x}}}', '\\u{{{last:x}}}')" for first, last in of])

    def spellings(name: str, why: str, of: dict[str, str]) -> None:
        table("Spellings", name, why, [f"('{rust_text(key)}', \"{rust_text(of[key])}\")" for key in sorted(of)])

    spellings("YOUNG", "Characters that PostgreSQL 15 does not know yet, and what they stand for.", YOUNG)
    spellings("FOLDS", "Letters, and what they are without their case.", FOLDS)
    spellings("PLAIN", "Letters, and those that people type for them.", PLAIN)
    spans("IGNORED", "What nobody sees: format characters, fillers, variation selectors.", IGNORED)
    spans("BLANKS", "Blanks and control characters.", BLANKS)
    spans("ACCENTS", "Marks that people leave out.", ACCENTS)
    spans("SYMBOLS", "Symbols, each a word of its own.", SYMBOLS)
    spans("SEPARATORS", "What parts words.", SEPARATORS)


def escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def bracket(of: list[tuple[int, int]]) -> str:
    return "[" + "".join(escape(first) + (f"-{escape(last)}" if last > first else "") for first, last in of) + "]"


def translated(value: str, spelled: dict[str, str]) -> str:
    single = {key: to for key, to in spelled.items() if len(to) == 1}
    value = f"translate({value}, '{''.join(single)}', '{''.join(single.values())}')"
    for key, to in spelled.items():
        if len(to) > 1:
            value = f"replace({value}, '{key}', '{to}')"
    return value


def folds() -> str:
    lines, line = [], ""
    for key in sorted(FOLDS):
        entry = f"{json.dumps(key, ensure_ascii=new.category(key)[0] == 'M')}:{json.dumps(FOLDS[key], ensure_ascii=False)},"
        if len(line) + len(entry) > 118:
            lines.append(line)
            line = ""
        line += entry
    return "\n".join([*lines, line.rstrip(",")])


def sql() -> None:
    print(f"""create function normal_form(given text) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    form text := lower(given collate pg_catalog."C");
begin
    if octet_length(given) <> length(given) then
        if form ~ '{bracket(ranges(list(map(ord, YOUNG))))}' collate pg_catalog."C" then
            form := {translated("form", YOUNG)};
        end if;
        form := regexp_replace(
            normalize(form, nfkc),
            '{bracket(IGNORED)}' collate pg_catalog."C",
            '', 'g');
        if form ~ '{bracket(ranges(list(map(ord, FOLDS)), 16))}' collate pg_catalog."C" then
            select normalize(string_agg(coalesce('{{
{folds()}
}}'::jsonb ->> letters.letter, letters.letter), '' order by letters.place), nfkc)
            into form
            from string_to_table(form, null) with ordinality as letters (letter, place);
        end if;
    end if;
    if form ~ '{bracket([span for span in BLANKS if span != (0x20, 0x20) and span != (1, 0x20)] + [(1, 0x1f)])}|  |^ | $' collate pg_catalog."C" then
        form := btrim(regexp_replace(form, '{bracket(BLANKS)}+' collate pg_catalog."C", ' ', 'g'));
    end if;
    return form;
end
$$;

create function search_form(given text) returns text
language plpgsql immutable strict parallel safe
as $$
declare
    form text;
begin
    if octet_length(given) = length(given) then
        return btrim(regexp_replace(lower(given collate pg_catalog."C"), '[^a-z0-9]+' collate pg_catalog."C", ' ', 'g'));
    end if;
    form := public.normal_form(translate(given, '{OWNED}', '{' ' * len(OWNED)}'));
    if octet_length(form) <> length(form) then
        form := normalize({translated("form", PLAIN)}, nfd);
        form := replace(replace(form, U&'\\0438\\0306', 'й'), U&'\\0443\\0306', 'ў');
        form := normalize(
            regexp_replace(form, '{bracket(ACCENTS)}' collate pg_catalog."C", '', 'g'), nfc);
        form := regexp_replace(
            form,
            '({bracket(SYMBOLS)})' collate pg_catalog."C",
            ' \\1 ', 'g');
    end if;
    return btrim(regexp_replace(
        form,
        '{bracket(SEPARATORS)}+' collate pg_catalog."C",
        ' ', 'g'));
end
$$;""")


{"rust": rust, "sql": sql}[sys.argv[1]]()
