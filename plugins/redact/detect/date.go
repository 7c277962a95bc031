package detect

// birthDate finds dates of birth: dates in a field, or behind words, that name
// them.
var birthDate = detector{
	Info: Info{
		Kind: "date_of_birth", Title: "date of birth", Group: "person", Example: "1984-02-29", ExampleField: "date_of_birth",
		Source: "ISO 8601 and the usual national notations; the name of the field or words before it",
	},
	signed: 1 << 4,
	runs:   1<<1 | 1<<2 | 1<<8 | 1<<9 | 1<<10 | 1<<11 | 1<<12 | 1<<13,
	back:   "A-Za-z. \x80-\xff-", before: 14,
	longest: 40,
	words:   birthWords,
	find:    findBirthDate,
}

var birthWords = []string{
	"*dob", "dob*", "d.o.b", "*birth*", "born", "bday", "*geburt*", "geb", "geboren*", "*geboorte*", "naissance*", "né le", "née le", "*nacimiento*", "*nascimento*",
	"*nascita*", "nato il", "nata il", "födelse*", "fødsel*", "urodzenia", "出生*", "生日", "生年月日", "생년월일",
}

func findBirthDate(v *view, at int) (start, end int, confidence uint8) {
	if next := v.at(at + v.run); v.run <= 2 && v.at(at-1) != ' ' && !isSign(next) && !isLetter(next) {
		return 0, 0, 0
	}
	if start, end = v.date(at); start == end {
		return v.birthNumber(at)
	}
	if prev := v.at(start - 1); isAlnum(prev) || (prev == '-' || prev == '.' || prev == '/') && isDigit(v.at(start-2)) {
		return 0, 0, 0
	}
	switch c := v.at(end); {
	case isDigit(c), isLetter(c) && c != 'T', (c == '-' || c == '.' || c == '/') && isDigit(v.at(end+1)):
		return 0, 0, 0
	}
	if !v.told(start) {
		return 0, 0, 0
	}
	return start, end, 90
}

// birthNumber finds a date that is digits alone, in a field that says so: a day as
// YYYYMMDD, or seconds or milliseconds from 1970.
func (v *view) birthNumber(at int) (start, end int, confidence uint8) {
	if v.context.Field == "" {
		return 0, 0, 0
	}
	end = at
	for isDigit(v.at(end)) {
		end++
	}
	if start = at; v.at(start-1) == '-' {
		start--
	}
	if end-at < 8 || !v.isolated(start, end) || !v.named() {
		return 0, 0, 0
	}
	return start, end, 75
}

// date returns where the date around its first number ends and begins; both are at
// if there is none.
func (v *view) date(at int) (start, end int) {
	first, i := v.digitsAt(at, 4)
	if size := i - at; size == 4 && first >= 1850 && first <= 2100 {
		sep := v.at(i)
		if sep != '-' && sep != '/' && sep != '.' {
			return v.cjkDate(at, i)
		}
		month, j := v.digitsAt(i+1, 2)
		day, k := v.digitsAt(j+1, 2)
		if j > i+1 && v.at(j) == sep && k > j+1 && isDate(first, month, day) {
			return at, k
		}
		return at, at
	} else if size > 2 || first > 31 {
		return at, at
	}
	if sep := v.at(i); (sep == '-' || sep == '/' || sep == '.') && isDigit(v.at(i+1)) {
		second, j := v.digitsAt(i+1, 2)
		skip := j + 1
		if v.at(skip) == ' ' {
			skip++
		}
		year, k := v.digitsAt(skip, 4)
		if v.at(j) == sep && (k-skip == 4 && year >= 1850 && year <= 2100 || k-skip == 2) && (isDate(year, second, first) || isDate(year, first, second)) {
			return at, k
		}
		return at, at
	}
	if name := v.monthBefore(at); name < at {
		// January 31, 1990; 31st.
		i = v.ordinal(i)
		for n := 0; n < 2 && (v.at(i) == ',' || v.at(i) == ' '); n++ {
			i++
		}
		if year, k := v.digitsAt(i, 4); k-i == 4 && year >= 1850 && year <= 2100 {
			return name, k
		}
		return at, at
	}
	// 31 January 1990, 31. Januar 1990, 31-Jan-1990, 31 de enero de 1990.
	i = v.ordinal(i)
	i = v.between(i)
	if !v.isMonth(i) {
		return at, at
	}
	for n := 0; n < 12 && (isLetter(v.at(i)) || v.at(i) >= 0x80); n++ {
		i++
	}
	i = v.between(i)
	if year, k := v.digitsAt(i, 4); k-i == 4 && year >= 1850 && year <= 2100 {
		return at, k
	}
	return at, at
}

// cjkDate returns where a date like 1990年1月31日 or 1990년 1월 31일 ends.
func (v *view) cjkDate(at, i int) (start, end int) {
	for _, sign := range [...][2]string{{"年", "년"}, {"月", "월"}, {"日", "일"}} {
		if !v.has(i, sign[0]) && !v.has(i, sign[1]) {
			return at, at
		}
		i += 3
		if sign[0] == "日" {
			return at, i
		}
		if v.at(i) == ' ' {
			i++
		}
		_, j := v.digitsAt(i, 2)
		if j == i {
			return at, at
		}
		i = j
	}
	return at, at
}

// has tells whether a text stands at i.
func (v *view) has(i int, text string) bool {
	for n := 0; n < len(text); n++ {
		if v.at(i+n) != text[n] {
			return false
		}
	}
	return true
}

// digitsAt returns the value of the digits at i, at most most of them, and where
// they end.
func (v *view) digitsAt(i, most int) (value int64, end int) {
	for end = i; end-i < most && isDigit(v.at(end)); end++ {
		value = value*10 + int64(v.at(end)-'0')
	}
	return value, end
}

// ordinal returns where what makes a number an ordinal ends.
func (v *view) ordinal(i int) int {
	a, b := lower(v.at(i)), lower(v.at(i+1))
	switch {
	case a == 's' && b == 't', a == 'n' && b == 'd', a == 'r' && b == 'd', a == 't' && b == 'h':
		return i + 2
	case a == '.':
		return i + 1
	}
	return i
}

// between returns where a space, hyphen or comma, and a "de" or "of", end.
func (v *view) between(i int) int {
	for n := 0; n < 2 && (v.at(i) == ' ' || v.at(i) == '-' || v.at(i) == '.' || v.at(i) == ','); n++ {
		i++
	}
	if hasPrefixFold(v, i, "de ") || hasPrefixFold(v, i, "of ") {
		return i + 3
	}
	return i
}

// months are the first three letters of the names of months in English, German,
// French, Spanish, Italian, Portuguese, Dutch and the Scandinavian languages.
const months = "janfebmaraprmayjunjulaugsepoctnovdec" + "mrtmeimaimajoktdez" + "fevavrjuiaoudec" + "eneabragodic" + "genmaggiulugsetottout"

// isMonth tells whether the name of a month begins at i.
func (v *view) isMonth(i int) bool {
	a, b, c := lower(v.at(i)), lower(v.at(i+1)), lower(v.at(i+2))
	for n := 0; n < len(months); n += 3 {
		if months[n] == a && months[n+1] == b && months[n+2] == c {
			return true
		}
	}
	return hasPrefixFold(v, i, "mär") || hasPrefixFold(v, i, "fév") || hasPrefixFold(v, i, "aoû") || hasPrefixFold(v, i, "déc")
}

// monthBefore returns where the name of a month, and a space, that stand before i
// begin; i if there is none.
func (v *view) monthBefore(i int) int {
	start := i
	if v.at(start-1) != ' ' {
		return i
	}
	start--
	if v.at(start-1) == '.' {
		start--
	}
	name := start
	for name-start < 12 && i-start < 14 && (isLetter(v.at(start-1)) || v.at(start-1) >= 0x80) {
		start--
	}
	if name-start < 3 || !v.isMonth(start) {
		return i
	}
	return start
}
