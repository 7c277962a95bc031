package detect

// fieldName is a name of fields, folded, and the kind of what they hold, empty for
// names that only look like others.
type fieldName struct {
	name       string
	kind       Kind
	confidence uint8
	match      nameMatch
	// shorter is the longest other name that this one ends with, -1 if there is none.
	shorter int16
}

// nameMatch says where in the name of a field a name is found.
type nameMatch uint8

const (
	// anyEnd is at the end of any field: "password" in "userpassword".
	anyEnd nameMatch = iota
	// wordAtEnd is as the last word, behind a separator or one of fieldOwners:
	// "city" in "home_city" and "homecity", not in "capacity".
	wordAtEnd
	// wholeName is as the whole name, but for words of fieldOwners: "pass" in
	// "db_pass", not in "test_pass".
	wholeName
)

// maxField is the most bytes of a value that is found by its name at once: a longer
// one is several finds.
const maxField = 1024

// byField makes a detector of values by the name of their field. Case and
// separators in the name do not matter: "lastName", "last_name" and "LAST NAME"
// are one.
func byField(kind Kind, title, group, example, field, source string) detector {
	return detector{
		Info: Info{
			Kind: kind, Title: title, Group: group, Example: example, ExampleField: field, Source: source,
		},
		longest: maxField,
		named:   true,
	}
}

const (
	namesSource = "names of fields in English, German, French, Spanish, Italian, Dutch, Polish and Portuguese, see generate/names.tsv"
	hipaaSource = namesSource + "; 45 CFR 164.514(b)(2)(i)"
)

var (
	personName    = byField("person_name", "name of a person", "person", "Doe", "last_name", hipaaSource)
	streetAddress = byField("street_address", "street and number", "person", "1 Example Street", "street_address", hipaaSource)
	postalCode    = byField("postal_code", "postal code", "person", "12345", "zip_code", hipaaSource)
	city          = byField("city", "city or other place", "person", "Springfield", "city", hipaaSource)
	medicalRecord = byField("medical_record", "medical record", "person", "MR-000123", "medical_record_number", hipaaSource)
	healthPlan    = byField("health_plan", "health plan number", "person", "HP-000123", "insurance_id", hipaaSource)
	accountNumber = byField("account_number", "account number", "financial", "0001234567", "account_number", hipaaSource)
	licenseNumber = byField("license_number", "number of a licence or certificate", "person", "X0001234", "passport_number", hipaaSource)
	vehicleID     = byField("vehicle_id", "vehicle or its plate", "person", "AB 123 C", "license_plate", hipaaSource)
	deviceID      = byField("device_id", "identifier of a device", "person", "a1b2c3d4", "device_id", hipaaSource)
)

// maxNameBytes is more than the longest name in the table has.
const maxNameBytes = 48

// findName returns the longest name in the table that a field's name, in any case,
// ends with, nil if there is none.
func findName[T string | []byte](field T) *fieldName {
	// The name from its end, folded.
	var folded [maxNameBytes]byte
	n := 0
	for i := len(field) - 1; i >= 0 && n < maxNameBytes; i-- {
		if c := field[i]; !isSeparator(c) {
			folded[n] = lower(c)
			n++
		}
		if n == 1 && fieldStart[folded[0]] == fieldStart[int(folded[0])+1] {
			return nil
		}
	}
	if n == 0 {
		return nil
	}
	// The last name that is not behind it: every name that it ends with is this one
	// or one that this one ends with.
	low, high := int(fieldStart[folded[0]]), int(fieldStart[int(folded[0])+1])
	for low < high {
		middle := (low + high) / 2
		if fieldNames[middle].behind(folded[:n]) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	for i := low - 1; i >= 0; i = int(fieldNames[i].shorter) {
		if endsIn(&fieldNames[i], field) {
			return &fieldNames[i]
		}
	}
	return nil
}

// behind tells whether the name stands behind a folded one in the table's order.
func (n *fieldName) behind(folded []byte) bool {
	for i := 0; ; i++ {
		j := len(n.name) - 1 - i
		if j < 0 {
			return false
		}
		if i == len(folded) {
			return true
		}
		if n.name[j] != folded[i] {
			return n.name[j] > folded[i]
		}
	}
}

// endsIn tells whether a field's name ends with this name.
func endsIn[T string | []byte](n *fieldName, field T) bool {
	start, ok := endsFolded(field, n.name)
	if !ok {
		return false
	}
	if n.match == anyEnd || start == 0 || n.match == wordAtEnd && isSeparator(field[start-1]) {
		return true
	}
	for _, owner := range fieldOwners {
		if before, ok := endsFolded(field[:start], owner); ok && (before == 0 || isSeparator(field[before-1])) {
			return true
		}
	}
	return false
}

// endsFolded returns where the end of a field's name that is name begins.
func endsFolded[T string | []byte](field T, name string) (start int, ok bool) {
	i := len(field)
	for n := len(name) - 1; n >= 0; n-- {
		for i > 0 && isSeparator(field[i-1]) {
			i--
		}
		if i == 0 || lower(field[i-1]) != name[n] {
			return 0, false
		}
		i--
	}
	return i, true
}

func isSeparator(c byte) bool {
	switch c {
	case '_', '-', '.', ' ', '[', ']', '/', ':':
		return true
	}
	return false
}
