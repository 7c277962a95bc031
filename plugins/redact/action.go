package redact

import (
	"encoding/binary"
	"fmt"

	"gatehouse/plugins/internal/config"
	"gatehouse/plugins/redact/detect"
	"gatehouse/plugins/redact/format"
	"gatehouse/plugins/redact/transform"
)

// Action is what becomes of a value.
type Action struct {
	_ struct{} `config:"exactlyone=mask|drop|null|replace|hash|pseudonym|token|encrypt|ff1|date|age|range|postcode|ip|coordinate|date_shift|block"`
	// Hides all but the first and last characters. Optional: one action is required.
	Mask *Mask `json:"mask"`
	// Leaves out the field, the element, or of a text that holds more what was found.
	// Optional: one action is required.
	Drop bool `json:"drop"`
	// Puts null in place of the value. Optional: one action is required.
	Null bool `json:"null"`
	// Puts a text in place of the value. Optional: one action is required.
	Replace *string `json:"replace" config:"maxlen=256"`
	// HMAC-SHA-256 of the value under a salt, 16 bytes of it in hex. For values that
	// nobody can guess; use pseudonym for others. Optional: one action is required.
	Hash *Hash `json:"hash"`
	// A keyed pseudonym that links equal values and cannot be reversed. Optional: one
	// action is required.
	Pseudonym *Keyed `json:"pseudonym"`
	// A token (AES-SIV) that links equal values and that "harness redact reveal"
	// reverses with the key. Optional: one action is required.
	Token *Keyed `json:"token"`
	// A ciphertext (AES-256-GCM), each time another, that "harness redact reveal"
	// reverses with the key. Optional: one action is required.
	Encrypt *Keyed `json:"encrypt"`
	// A value of the same form (FF1), that "harness redact reveal" reverses with the
	// key. Optional: one action is required.
	FF1 *FF1 `json:"ff1"`
	// The "month", "quarter" or "year" of a date. Optional: one action is required.
	Date string `json:"date" config:"enum=month|quarter|year"`
	// Ages in buckets of so many years, all from 90 on in one (45 CFR
	// 164.514(b)(2)(i)(C)). Optional: one action is required.
	Age int `json:"age" config:"minimum=1,maximum=100"`
	// Numbers in ranges of so much. Optional: one action is required.
	Range int64 `json:"range" config:"minimum=1,maximum=1000000000000"`
	// The first so many letters and digits of a postcode. Of three, those in which few
	// people live are zeros (45 CFR 164.514(b)(2)(i)(B)). Optional: one action is
	// required.
	Postcode int `json:"postcode" config:"minimum=1,maximum=8"`
	// The network of an IP address: 24 bits of IPv4, 48 of IPv6. Optional: one action
	// is required.
	IP bool `json:"ip"`
	// A coordinate with so many digits after the point, at least 1. Optional: one
	// action is required.
	Coordinate int `json:"coordinate" config:"minimum=1,maximum=6"`
	// Dates moved by days that follow from the subject of the verified identity.
	// Optional: one action is required.
	DateShift *DateShift `json:"date_shift"`
	// Refuses the whole body: 502 in place of a response, 403 in place of a request.
	// Optional: one action is required.
	Block bool `json:"block"`
}

// ValidateConfig refuses an action that does nothing.
func (a *Action) ValidateConfig(v config.Value) error {
	for _, word := range [...]string{"drop", "null", "ip", "block"} {
		if field := v.Field(word); field.Present() && field.Text() != "true" {
			return field.Errorf("want true")
		}
	}
	return nil
}

// Mask is what a mask leaves to be seen. It never shows more than half of a value.
type Mask struct {
	// How many characters stay at the beginning. Default 0. Optional.
	KeepFirst int `json:"keep_first" config:"minimum=0,maximum=64"`
	// How many characters stay at the end. Default 0. Optional.
	KeepLast int `json:"keep_last" config:"minimum=0,maximum=64"`
	// How many asterisks stand for what is hidden, whatever its length. Default: one
	// for each character. Optional.
	Fixed int `json:"fixed" config:"minimum=1,maximum=64"`
	// Whether characters of ASCII that are neither letters nor digits stay where they
	// are. Default false. Optional.
	Separators bool `json:"separators"`
}

// Hash is how a value is hashed.
type Hash struct {
	// Salt, at least 16 characters. Required.
	Salt string `json:"salt" config:"required,minlen=16"`
}

// Keyed is a key.
type Keyed struct {
	// Id of the key, in "keys". Required.
	Key string `json:"key" config:"required,minlen=1"`
	// Ids of keys that came before it, whose tokens and pseudonyms stay as they are.
	// Default: none. Optional.
	Retired []string `json:"retired" config:"minitems=1,maxitems=16,unique"`
	// What separates values: the same value has the same pseudonym or token in one
	// namespace only. Default: one for all. Optional.
	Namespace string `json:"namespace" config:"maxlen=128"`
}

// FF1 is a key and the form of values.
type FF1 struct {
	// Id of the key, in "keys". Required.
	Key string `json:"key" config:"required,minlen=1"`
	// Characters of the values: "digits", "lower", "upper", "alphanumeric" or
	// "card", which are digits of which the last four stay and the check digit stays
	// right. Default "digits". Optional.
	Alphabet string `json:"alphabet" config:"default=digits,enum=digits|lower|upper|alphanumeric|card"`
	// What makes the same value another one in another place. Default: none.
	// Optional.
	Tweak string `json:"tweak" config:"maxlen=128"`
}

// DateShift is a key and how far dates are moved.
type DateShift struct {
	// Id of the key, in "keys". Required.
	Key string `json:"key" config:"required,minlen=1"`
	// How many days at most, in either direction. Default 365. Optional.
	Days int `json:"days" config:"default=365,minimum=1,maximum=36500"`
}

// word is the name of the action in the configuration.
func (a *Action) word() string {
	switch {
	case a.Mask != nil:
		return "mask"
	case a.Drop:
		return "drop"
	case a.Null:
		return "null"
	case a.Replace != nil:
		return "replace"
	case a.Hash != nil:
		return "hash"
	case a.Pseudonym != nil:
		return "pseudonym"
	case a.Token != nil:
		return "token"
	case a.Encrypt != nil:
		return "encrypt"
	case a.FF1 != nil:
		return "ff1"
	case a.Date != "":
		return "date"
	case a.Age > 0:
		return "age"
	case a.Range > 0:
		return "range"
	case a.Postcode > 0:
		return "postcode"
	case a.IP:
		return "ip"
	case a.Coordinate > 0:
		return "coordinate"
	case a.DateShift != nil:
		return "date_shift"
	}
	return "block"
}

// action is an Action ready for values: a verdict, or a transform.
type action struct {
	verdict   format.Verdict // Drop, Nullify, Block, or Splice for a transform
	transform transform.Transform
}

// materials are what rules are made of.
type materials struct {
	compiled
	secrets map[detect.Kind]bool
	keys    map[string]transform.Key
	random  func() uint64
}

func newMaterials(keys map[string]transform.Key, random func() uint64) *materials {
	return &materials{compiled: compiled{map[string]*detect.Set{}, map[string]*format.Paths{}}, secrets: secretKinds(), keys: keys, random: random}
}

// fill fills a slice with random bytes.
func (m *materials) fill(b []byte) error {
	if m.random == nil {
		return transform.FaultRandom
	}
	for len(b) > 0 {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], m.random())
		b = b[copy(b, n[:]):]
	}
	return nil
}

func (m *materials) key(id string) (transform.Key, error) {
	key, ok := m.keys[id]
	if !ok {
		return key, fmt.Errorf("no key of this id in keys")
	}
	return key, nil
}

func (m *materials) ring(k *Keyed) (*transform.Keyring, error) {
	current, err := m.key(k.Key)
	if err != nil {
		return nil, err
	}
	var retired []transform.Key
	for _, id := range k.Retired {
		key, err := m.key(id)
		if err != nil {
			return nil, err
		}
		retired = append(retired, key)
	}
	return transform.NewKeyring(current, retired...)
}

// compile makes an action. An error says what is wrong and names no secret.
func (a *Action) compile(m *materials) (action, error) {
	switch {
	case a.Drop:
		return action{verdict: format.Drop}, nil
	case a.Null:
		return action{verdict: format.Nullify}, nil
	case a.Block:
		return action{verdict: format.Block}, nil
	}
	made, err := a.make(m)
	return action{verdict: format.Splice, transform: made}, err
}

func (a *Action) make(m *materials) (transform.Transform, error) {
	switch {
	case a.Mask != nil:
		return transform.NewMask(transform.MaskConfig{KeepFirst: a.Mask.KeepFirst, KeepLast: a.Mask.KeepLast, Fixed: a.Mask.Fixed, Separators: a.Mask.Separators})
	case a.Replace != nil:
		return transform.NewReplace(*a.Replace), nil
	case a.Hash != nil:
		return transform.NewHash(transform.HashConfig{Salt: []byte(a.Hash.Salt), Length: 16})
	case a.FF1 != nil:
		return a.FF1.make(m)
	case a.Date != "":
		units := map[string]transform.Unit{"month": transform.Month, "quarter": transform.Quarter, "year": transform.Year}
		return transform.NewPeriod(transform.PeriodConfig{Unit: units[a.Date], Layouts: transform.CommonLayouts()})
	case a.Age > 0:
		return transform.NewAge(transform.AgeConfig{Width: a.Age, Top: 90})
	case a.Range > 0:
		return transform.NewRange(transform.RangeConfig{Width: a.Range})
	case a.Postcode > 0:
		c := transform.PostcodeConfig{Keep: a.Postcode}
		if a.Postcode == 3 {
			c.Rare = transform.RareZIP()
		}
		return transform.NewPostcode(c)
	case a.IP:
		return transform.NewAddress(transform.AddressConfig{})
	case a.Coordinate > 0:
		return transform.NewCoordinate(transform.CoordinateConfig{Decimals: a.Coordinate})
	case a.DateShift != nil:
		key, err := m.key(a.DateShift.Key)
		if err != nil {
			return nil, err
		}
		return transform.NewDateShift(key, transform.DateShiftConfig{Days: a.DateShift.Days, Layouts: transform.CommonLayouts()})
	}
	return a.sealed(m)
}

// sealed makes the transforms whose results name their key.
func (a *Action) sealed(m *materials) (transform.Transform, error) {
	keyed := a.Pseudonym
	if a.Token != nil {
		keyed = a.Token
	} else if a.Encrypt != nil {
		keyed = a.Encrypt
	}
	ring, err := m.ring(keyed)
	if err != nil {
		return nil, err
	}
	switch {
	case a.Token != nil:
		return transform.NewToken(ring, keyed.Namespace)
	case a.Encrypt != nil:
		return transform.NewEncrypt(ring, keyed.Namespace, m.fill)
	}
	return transform.NewPseudonym(ring, keyed.Namespace)
}

func (f *FF1) make(m *materials) (transform.Transform, error) {
	key, err := m.key(f.Key)
	if err != nil {
		return nil, err
	}
	c := transform.FF1Config{Alphabet: transform.Digits, Tweak: []byte(f.Tweak), Separators: true}
	switch f.Alphabet {
	case "lower":
		c.Alphabet = transform.Lower
	case "upper":
		c.Alphabet = transform.Upper
	case "alphanumeric":
		c.Alphabet = transform.Alphanumeric
	case "card":
		c.KeepLast, c.Luhn = 4, true
	}
	return transform.NewFF1(key, c)
}
