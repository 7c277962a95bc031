package transform

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestPeriod(t *testing.T) {
	layouts := append(CommonLayouts(), "02.01.2006", "02/01/2006 15:04", "02/01/06")
	tests := []struct {
		name        string
		unit        Unit
		first       bool
		value, want string // "" for a fault
	}{
		{"date to month", Month, false, "1984-05-17", "1984-05"},
		{"date to quarter", Quarter, false, "1984-05-17", "1984-Q2"},
		{"date to year", Year, false, "1984-05-17", "1984"},
		{"basic format", Month, false, "19840517", "1984-05"},
		{"date and time", Month, false, "1984-05-17T12:30:00Z", "1984-05"},
		{"date and time with offset", Month, false, "1984-05-17 12:30:00.123456+02:00", "1984-05"},
		{"basic date and time", Month, false, "19840517T123000Z", "1984-05"},
		{"offset of hours", Month, false, "1984-05-17T12:30+02", "1984-05"},
		{"leap day", Month, false, "2000-02-29", "2000-02"},
		{"no leap day", Month, false, "1900-02-29", ""},
		{"month 13", Month, false, "1984-13-01", ""},
		{"year 0", Month, false, "0000-01-01", ""},
		{"hour 25", Month, false, "1984-05-17T25:00", ""},
		{"minute 60", Month, false, "1984-05-17T12:60", ""},
		{"half an hour", Month, false, "1984-05-17T1", ""},
		{"no minutes after the colon", Month, false, "1984-05-17T12:", ""},
		{"second 61", Month, false, "1984-05-17T12:30:61", ""},
		{"a leap second", Month, false, "1984-05-17T12:30:60Z", "1984-05"},
		{"no digits after the point", Month, false, "1984-05-17T12:30:00.Z", ""},
		{"a decimal comma", Month, false, "1984-05-17T12:30:00,5Z", "1984-05"},
		{"more decimals than a clock has", Month, false, "1984-05-17T12:30:00.4111111111111111", ""},
		{"an offset of one digit", Month, false, "1984-05-17T12:30+2", ""},
		{"an offset of 24 hours", Month, false, "1984-05-17T12:30+24:00", ""},
		{"an offset without its minutes", Month, false, "1984-05-17T12:30+02:", ""},
		{"an offset in basic format", Month, false, "1984-05-17T1230+0200", "1984-05"},
		{"a zone by its name", Month, false, "1984-05-17T12:30 UTC", ""},
		{"longer than any date", Month, false, "May 17, 1984                                                              ", ""},
		{"text behind", Month, false, "1984-05-17 and more", ""},
		{"text behind the zone", Month, false, "1984-05-17T12:30:00Z!", ""},
		{"text for a time", Month, false, "1984-05-17Tomorrow", ""},
		{"a number of 14 digits", Month, false, "19840517123000", ""},
		{"a number of 9 digits", Month, false, "198405171", ""},
		{"nothing", Month, false, "", ""},
		{"written out", Month, false, "17 May 1984", "1984-05"},
		{"written out, American", Quarter, false, "December 1, 1984", "1984-Q4"},
		{"RFC 1123", Year, false, "Thu, 17 May 1984 12:30:00 GMT", "1984"},
		{"on a wrong day of the week", Year, false, "Mon, 17 May 1984 12:30:00 GMT", ""},
		{"German", Month, false, "17.05.1984", "1984-05"},
		{"not as the layout writes it", Month, false, "7.5.1984", ""},
		{"a month of this transform", Month, false, "1984-05", "1984-05"},
		{"a month to a quarter", Quarter, false, "1984-05", "1984-Q2"},
		{"a quarter to a month", Month, false, "1984-Q2", "1984-Q2"},
		{"a quarter to a year", Year, false, "1984-Q2", "1984"},
		{"a quarter there is not", Year, false, "1984-Q5", ""},
		{"a year", Month, false, "1984", "1984"},
		{"first of the month", Month, true, "1984-05-17", "1984-05-01"},
		{"first of the quarter", Quarter, true, "19841217", "19841001"},
		{"first of the year, with a time", Year, true, "1984-05-17T23:59:59.999-08:00", "1984-01-01T00:00:00.000-08:00"},
		{"first of the year, without a zone", Year, true, "1984-05-17 23:59", "1984-01-01 00:00"},
		{"first of the month, written out", Month, true, "17 May 1984", "1 May 1984"},
		{"first of the month, with a layout of a time", Month, true, "17/05/1984 12:30", "01/05/1984 00:00"},
		{"first of the month, with the day of the week", Month, true, "Thu, 17 May 1984 12:30:00 GMT", "Tue, 01 May 1984 00:00:00 GMT"},
	}
	for _, tt := range tests {
		p := must[Transform](t)(NewPeriod(PeriodConfig{Unit: tt.unit, First: tt.first, Layouts: layouts}))
		got, err := p.Apply(nil, []byte(tt.value), "")
		if string(got) != tt.want || (err == nil) != (tt.want != "") || err != nil && !errors.Is(err, FaultDate) {
			t.Errorf("%s: %q becomes %q, %v, want %q", tt.name, tt.value, got, err, tt.want)
		}
	}
}

// TestEveryDay writes and reads each day of four centuries.
func TestEveryDay(t *testing.T) {
	for day := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() < 2200; day = day.AddDate(0, 0, 1) {
		read, ok := readISO([]byte(day.Format(time.DateOnly)))
		if year, month, d := day.Date(); !ok || read.year != year || read.month != int(month) || read.day != d {
			t.Fatalf("%v is read as %+v, %v", day, read, ok)
		}
		if next := fmt.Sprintf("%04d-%02d-%02d", day.Year(), day.Month(), daysIn(day.Year(), int(day.Month()))+1); next == day.Format(time.DateOnly) {
			t.Fatalf("%v is after its month", day)
		}
	}
}

// TestDateShift moves dates of subjects: within the bounds, never by nothing, all of
// one subject alike.
func TestDateShift(t *testing.T) {
	const days = 30
	s := must[Reversible](t)(NewDateShift(testKey(t, "k1"), DateShiftConfig{Days: days, Layouts: []string{"02.01.2006", "02/01/06"}}))
	seen := map[int]bool{}
	for i := range 2000 {
		subject := fmt.Sprint("patient-", i)
		shift := 0
		for _, text := range []string{"2024-02-28", "2023-12-31T23:59:59.25+05:30", "20240101", "2000-01-01"} {
			was, _ := readISO([]byte(text))
			moved, err := s.Apply(nil, []byte(text), subject)
			if err != nil {
				t.Fatal(err)
			}
			is, ok := readISO(moved)
			if !ok || string(is.rest) != string(was.rest) || is.form != was.form {
				t.Fatalf("%q becomes %q, want another date of the form", text, moved)
			}
			day := func(d date) time.Time {
				return time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
			}
			by := int(day(is).Sub(day(was)) / (24 * time.Hour))
			if by == 0 || by < -days || by > days {
				t.Fatalf("%q becomes %q, by %d days", text, moved, by)
			}
			if shift != 0 && by != shift {
				t.Errorf("%s: one date moves by %d days, another by %d", subject, shift, by)
			}
			shift = by
			if back, err := s.Reveal(nil, moved, subject); err != nil || string(back) != text {
				t.Errorf("Reveal(%q) = %q, %v, want %q", moved, back, err, text)
			}
		}
		seen[shift] = true
	}
	if len(seen) != 2*days {
		t.Errorf("2000 subjects move by %d different numbers of days, want %d", len(seen), 2*days)
	}
	for _, refused := range []struct {
		date, subject string
		fault         Fault
	}{
		{"2024-02-28", "", FaultSubject},
		{"28-02-2024", "a", FaultDate},
		{"9999-12-31", subjectMoved(t, s, true), FaultDate},
		{"0001-01-01", subjectMoved(t, s, false), FaultDate},
		{"31/12/68", subjectMoved(t, s, true), FaultDate}, // 1969 would be read as 69
	} {
		if _, err := s.Apply(nil, []byte(refused.date), refused.subject); !errors.Is(err, refused.fault) {
			t.Errorf("Apply(%q, %q): %v, want %v", refused.date, refused.subject, err, refused.fault)
		}
	}
	german, err := s.Apply(nil, []byte("28.02.2024"), "patient-1")
	if err != nil || len(german) != len("28.02.2024") || german[2] != '.' {
		t.Errorf("28.02.2024 becomes %q, %v, want its form", german, err)
	}
}

// subjectMoved finds a subject whose dates become later, or earlier.
func subjectMoved(t testing.TB, s Transform, later bool) string {
	t.Helper()
	for i := range 100 {
		subject := fmt.Sprint("s", i)
		moved, err := s.Apply(nil, []byte("2024-06-15"), subject)
		if err != nil {
			t.Fatal(err)
		}
		if (string(moved) > "2024-06-15") == later {
			return subject
		}
	}
	t.Fatal("all subjects move one way")
	return ""
}

// FuzzDateShift wants every date back that is moved, and periods that stay.
func FuzzDateShift(f *testing.F) {
	layouts := append(CommonLayouts(), "02.01.2006", "02/01/06", "Jan _2 2006 3:04PM -0700")
	s := must[Reversible](f)(NewDateShift(testKey(f, "k1"), DateShiftConfig{Days: 400, Layouts: layouts}))
	var periods []Transform
	for _, unit := range []Unit{Month, Quarter, Year} {
		for _, first := range []bool{false, true} {
			periods = append(periods, must[Transform](f)(NewPeriod(PeriodConfig{Unit: unit, First: first, Layouts: layouts})))
		}
	}
	f.Add("2024-02-29T23:59:59.999Z", "a")
	f.Add("Thu, 17 May 1984 12:30:00 GMT", "b")
	f.Add("17/05/69", "b")
	f.Add("May  7 1984 3:04AM +0200", "c")
	f.Fuzz(func(t *testing.T, value, subject string) {
		if moved, err := s.Apply(nil, []byte(value), subject); err == nil {
			if back, err := s.Reveal(nil, moved, subject); err != nil || string(back) != value {
				t.Fatalf("%q becomes %q and that %q, %v", value, moved, back, err)
			}
		}
		for _, p := range periods {
			once, err := p.Apply(nil, []byte(value), "")
			if err != nil {
				continue
			}
			if twice, err := p.Apply(nil, once, ""); err != nil || string(twice) != string(once) {
				t.Fatalf("%q becomes %q and that %q, %v", value, once, twice, err)
			}
		}
	})
}
