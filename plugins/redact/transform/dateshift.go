package transform

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"strconv"
	"time"
)

// DateShiftConfig is how far dates are moved, and which forms they have.
type DateShiftConfig struct {
	// Days is how many days a date is moved at most, 1 to 36500. Required.
	Days int
	// Layouts are forms of dates to read besides those of ISO 8601, as layouts of
	// package time; see [CommonLayouts]. Default: none.
	Layouts []string
}

// dateShift is [NewDateShift].
type dateShift struct {
	opaque
	dates
	days uint64
	mac  hash.Hash
	sum  [sha256.Size]byte
	// subject is a buffer for what is hashed.
	subject []byte
}

// NewDateShift returns the transform of a date to another, by a number of days that
// follows from its subject: of 1 to Days days earlier or later, the one that the
// first 8 bytes of HMAC-SHA-256(HKDF(key, "date shift"), subject) choose. Never 0, so
// that no date stays true. The dates of one subject move alike: the time between them
// stays, and so does their order. The time of day and the form stay.
//
// A date without a subject is refused: all of them would be moved alike. The result
// does not say under which key it was made and is moved again if it passes again.
func NewDateShift(key Key, c DateShiftConfig) (Reversible, error) {
	if c.Days < 1 || c.Days > 36500 {
		return nil, errors.New("days: " + strconv.Itoa(c.Days) + ", want 1 to 36500")
	}
	d, err := newDates(c.Layouts)
	if err != nil {
		return nil, err
	}
	mac, err := derivedMAC(key, "date shift", "")
	if err != nil {
		return nil, err
	}
	return &dateShift{opaque: opaque("date shift " + key.ID()), dates: d, days: uint64(c.Days), mac: mac}, nil
}

// Apply appends the date after its move.
func (s *dateShift) Apply(dst, value []byte, subject string) ([]byte, error) {
	return s.move(dst, value, subject, 1)
}

// Reveal appends the date before its move.
func (s *dateShift) Reveal(dst, value []byte, subject string) ([]byte, error) {
	return s.move(dst, value, subject, -1)
}

func (s *dateShift) move(dst, value []byte, subject string, sign int) ([]byte, error) {
	if subject == "" {
		return dst, FaultSubject
	}
	read, ok := s.read(value)
	if !ok {
		return dst, FaultDate
	}
	moved := time.Date(read.year, time.Month(read.month), read.day+sign*s.shift(subject), 0, 0, 0, 0, time.UTC)
	year, month, day := moved.Date()
	if year < 1 || year > 9999 {
		return dst, FaultDate
	}
	written := s.write(dst, &read, year, int(month), day, false)
	if read.form >= 0 {
		// A layout with two digits for the year may say another century.
		again, ok := s.read(written[len(dst):])
		if !ok || again.year != year || again.form != read.form {
			return dst, FaultDate
		}
	}
	return written, nil
}

// shift is the number of days for a subject, -days to days and not 0.
func (s *dateShift) shift(subject string) int {
	s.subject = append(s.subject[:0], subject...)
	sum := hmacSum(s.mac, &s.sum, s.subject)
	clear(s.subject)
	n := int(binary.BigEndian.Uint64(sum) % (2 * s.days))
	if n -= int(s.days); n >= 0 {
		n++
	}
	return n
}
