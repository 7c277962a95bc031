package libinjection

import (
	"math/rand/v2"
	"strings"
)

// attacks are injections of several kinds.
var attacks = []string{
	"1' or '1'='1", "1 union select 1", "-1 UNION/**/SELECT 1,2,3--", "';drop table users--", "1;exec xp_cmdshell('dir')", "1' and sleep(5)#", "admin'--", "1 or 1=1", "x' or name() = 'x", "1/*!union*/select", "{`a", "1 union select sp_password--", "0b12union select", "1.e(1)union select", "@@version or 1", "$$a$$ union select", "q'(x)' or 1=1", "\\N or 1",
	"1 or user(1)", "1 and @user() or 1", "1 into outfile 'x'", "x is not distinct from 1 union select 1", "1 natural right outer join x", "1' \\' '' or ''='", "-1 or `sleep`(1)", "a; if not exists(select 1)", "x collate utf8_bin or 1", "1 in boolean mode", "1, -1, -f(1) or 1", "{d 1} union select 1", "1::int or 1", "1 not like (1) or 1",
	"<script>alert(1)</script>", "<a href=javascript:alert(1)>", "x onerror=alert(1)", "'><img src=x onerror=y>", "<!--[if IE]>", "<?import", "<%`", "<svg/onload=x>", "style=x", "<!doctype x>", "\" onload=x", "` onload=x", "<x xlink:href=data:x>", "<xsl", "attributename=onload", "<a href='&#x6A;&#97va'>", "</script x>", "<!entity x>", "<%a%b>`", "<!-- -\x00-> -!>`", "<![CDATA[x]]><style>",
}

// pieces are what the readers of SQL and HTML tell apart.
var pieces = append(strings.Fields(`' " \ ; , . ( ) { } [ ] < > = ! ? @ @@ # -- /* */ /*! + - * / & | && || ^ % ~ : :: $ $$ $a$ 0 1 12 0x 0x1 0b1 0b12 1e 1e1 1.e .1 1.5f 1fu a n q Q e E x b u U& nq n' e' x' x'1f' b'01' q'( )' N' u&' @'user' @user \' '' "" \" <=> != :=
	union select or and not like in between from where group by having order limit into outfile dumpfile exec if ifnull exists sleep user user_id database password collate utf8_bin binary case when is null true div xor null int execute declare insert update delete drop table waitfor delay load_file sp_password current_user distinct all natural left right full outer join inner for nowait skip locked boolean mode at time zone character varying double precision as login high_priority ignore rollup with similar to sounds regexp lock share next value previous create replace begin try goto own3d partition procedure analyse load data xml read write alter domain current date path function
	ın lıke ſelect uſer unıon inſert ıs
	script iframe svg xsl style base onload onerror ondragend href src action to javascript: data: vbscript: view-source: java xmlns xlink xlink:href attributename filter handler import entity doctype [CDATA[ ]]> [if xml <! <!-- --> -!> <? <% %> </ /> &#x6a; &#97 &#x &#0; &#10; &#x1000ff &#x161;`),
	"`", "``", "`user`", "`left outer`", "\xa0", "\x00", "\x7f", "\xff", "\xc3\xa9", "\u212a", "_", "\n", "\r", "\v", "q'\xe9", "\xc3\xa9'", "\xc4", "\xb1", "\xc5\xbf", "is not", "order  by", "union all distinct")

// prose is what people write.
var prose = strings.Fields("Please leave it with the neighbour on the second floor, or at the back door. I don't like this order; is it 12 or 13? The union of users in Left Park said \"no\" to our group by mail -- all from 1999 & more #tags user@example.com https://example.com/a?b=c&d=e 10:30 +49-170 (maybe) 3.14 café")

// value makes a value of one of several kinds.
func value(rng *rand.Rand, corpus []string) string {
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	var b strings.Builder
	switch rng.IntN(11) {
	case 8: // words
		for range 1 + rng.IntN(8) {
			w := sqlWords.word(1 + rng.IntN(len(sqlWords.entries)-1))
			switch rng.IntN(8) {
			case 0:
				w = strings.ToLower(w)
			case 1:
				w = pick(prose)
			case 2:
				w = pick(pieces)
			}
			b.WriteString(w)
			b.WriteString([]string{" ", " ", " ", " ", "  ", "", ",", ".", "\n", "/**/", "`"}[rng.IntN(11)])
		}
	case 9: // what has a fingerprint of an injection, but for folding
		if rng.IntN(4) == 0 {
			b.WriteString(pick([]string{"x'", "\"", "-- \n", "(", "+", "int "}))
		}
		for s := uint16(0); !states[s].ends || states[s].kinds != 0 && rng.IntN(2) == 0; {
			var kind byte
			for n := 0; kind == 0; {
				if c := byte(rng.IntN(128)); kindBits[c]&states[s].kinds != 0 {
					kind = c
				} else if n++; n > 10_000 {
					panic("a state without an end")
				}
			}
			s, _ = nextState(s, kind)
			b.WriteString(sample(rng, kind))
			if rng.IntN(8) > 0 {
				b.WriteByte(' ')
			}
			if rng.IntN(10) == 0 {
				b.WriteString(pick(pieces))
			}
		}
	case 0: // few bytes that matter
		const nasty = "'\"`\\;,.(){}[]<>=!?@#-/*+&|^%~:$ 01xebqnu\n\x00\xa0a_FD"
		for range 1 + rng.IntN(12) {
			b.WriteByte(nasty[rng.IntN(len(nasty))])
		}
	case 1: // very few
		for range 1 + rng.IntN(14) {
			b.WriteByte(`'\"-/*<!>`[rng.IntN(9)])
		}
	case 2: // prose
		for i := range 1 + rng.IntN(12) {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(pick(prose))
		}
	case 3, 4, 5: // pieces
		for range 1 + rng.IntN(10) {
			switch rng.IntN(12) {
			case 0:
				b.WriteByte(byte(rng.IntN(256)))
			case 1:
				b.WriteString(pick(attacks))
			default:
				p := pick(pieces)
				if rng.IntN(3) == 0 {
					p = strings.ToUpper(p)
				}
				b.WriteString(p)
			}
			if rng.IntN(2) == 0 {
				b.WriteByte(" \t"[rng.IntN(2)])
			}
		}
	default: // attacks, changed
		v := []byte(pick(corpus))
		for range rng.IntN(4) {
			at := rng.IntN(len(v) + 1)
			switch rng.IntN(4) {
			case 0:
				v = append(v[:at:at], append([]byte(pick(pieces)), v[at:]...)...)
			case 1:
				v = append(v[:at:at], v[min(len(v), at+1+rng.IntN(4)):]...)
			case 2:
				v = v[at:]
			case 3:
				v = v[:at]
			}
		}
		return string(v)
	}
	return b.String()
}

// word returns the text of an entry.
func (t *table) word(i int) string { return t.text[t.entries[i].at:][:t.entries[i].n] }

// sample returns the text of a token of a kind.
func sample(rng *rand.Rand, kind byte) string {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	switch kind {
	case kindNumber:
		return pick("1", "12", "1.5", "0x1f", "$1", "\\N", "x'1'")
	case kindString:
		return pick("'x'", "\"x\"", "''", "n'x'", "u&'x'", "q'(x)'", "$$x$$", "'x")
	case kindComment:
		return pick("-- ", "--", "#", "/**/", "/*x", "--x\n")
	case kindEvil:
		return pick("/*!1*/", "/*/**/", "{``")
	case kindVariable:
		if rng.IntN(2) == 0 {
			return pick("@x", "@@x", "@`x`", "@'x'", "@")
		}
	case kindBareword:
		if rng.IntN(2) == 0 {
			return pick("foo", "a", "`x`", "[x]", "$", "caf\u00e9")
		}
	}
	for range 4_000 {
		if i := 1 + rng.IntN(len(sqlWords.entries)-1); sqlWords.entries[i].value == kind {
			return sqlWords.word(i)
		}
	}
	return string(kind)
}
