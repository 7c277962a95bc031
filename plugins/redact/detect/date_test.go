package detect

import "testing"

func TestBirthDate(t *testing.T) {
	tests := []struct{ name, text, field, want string }{
		{"ISO 8601", "1984-02-29", "birth_date", "[date_of_birth 1984-02-29]"},
		{"a day that is none", "1985-02-29", "birth_date", "1985-02-29"},
		{"with a time", "1984-02-29T00:00:00Z", "dateofbirth", "[date_of_birth 1984-02-29]T00:00:00Z"},
		{"another field", "1984-02-29", "created", "1984-02-29"},
		{"a word in the text", "DOB: 02/29/1984, ok", "", "DOB: [date_of_birth 02/29/1984], ok"},
		{"German", "geboren am 29.2.1984.", "", "geboren am [date_of_birth 29.2.1984]."},
		{"two digits of the year", "dob 1/2/84", "", "dob [date_of_birth 1/2/84]"},
		{"a month's name first", "born on January 31, 1990 in", "", "born on [date_of_birth January 31, 1990] in"},
		{"a month's name second", "born 31st of January 1990", "", "born [date_of_birth 31st of January 1990]"},
		{"with hyphens", "birth: 31-Jan-1990", "", "birth: [date_of_birth 31-Jan-1990]"},
		{"Spanish", "fecha de nacimiento: 31 de enero de 1990", "", "fecha de nacimiento: [date_of_birth 31 de enero de 1990]"},
		{"French", "née le 14 août 1990", "", "née le [date_of_birth 14 août 1990]"},
		{"Chinese", "出生日期：1990年1月31日", "", "出生日期：[date_of_birth 1990年1月31日]"},
		{"digits alone", "19840229", "dob", "[date_of_birth 19840229]"},
		{"milliseconds", "446860800000", "birthdate", "[date_of_birth 446860800000]"},
		{"seconds before 1970", "-446860800", "birthdate", "[date_of_birth -446860800]"},
		{"no date", "17 pieces of 1984", "dob", "17 pieces of 1984"},
		{"a date of something else", "updated 2024-11-26", "", "updated 2024-11-26"},
		{"part of a version", "birth 1.2.84.7", "", "birth 1.2.84.7"},
	}
	s := newSet(t, "date_of_birth")
	for _, tt := range tests {
		if got := marked(tt.text, everyCut(t, s, tt.text, tt.field)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
