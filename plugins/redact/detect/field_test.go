package detect

import (
	"slices"
	"testing"
)

func TestFieldNames(t *testing.T) {
	tests := []struct {
		field string
		want  Kind
	}{
		{"first_name", "person_name"},
		{"firstname", "person_name"},
		{"first-name", "person_name"},
		{"first name", "person_name"},
		{"customer.lastname", "person_name"},
		{"billing_first_name", "person_name"},
		{"vorname", "person_name"},
		{"prénom", "person_name"},
		{"apellidos", "person_name"},
		{"cognome", "person_name"},
		{"achternaam", "person_name"},
		{"nazwisko", "person_name"},
		{"sobrenome", "person_name"},
		{"nom", "person_name"},
		{"street", "street_address"},
		{"billing_address", "street_address"},
		{"homeaddress", "street_address"},
		{"address_line_1", "street_address"},
		{"straße", "street_address"},
		{"ulica", "street_address"},
		{"zip", "postal_code"},
		{"zip_code", "postal_code"},
		{"postleitzahl", "postal_code"},
		{"city", "city"},
		{"home_city", "city"},
		{"billingcity", "city"},
		{"ville", "city"},
		{"miasto", "city"},
		{"password", "password"},
		{"oldpassword", "password"},
		{"db_pass", "password"},
		{"senha", "password"},
		{"api_key", "secret"},
		{"x-api-key", "secret"},
		{"authorization", "secret"},
		{"refreshtoken", "secret"},
		{"mrn", "medical_record"},
		{"insurance_id", "health_plan"},
		{"account_number", "account_number"},
		{"passport_number", "license_number"},
		{"kfz-kennzeichen", "vehicle_id"},
		{"device_id", "device_id"},
		{"name", ""},
		{"product_name", ""},
		{"username", ""},
		{"capacity", ""},
		{"velocity", ""},
		{"template", ""},
		{"test_pass", ""},
		{"email_address", ""},
		{"ip_address", ""},
		{"next_page_token", ""},
		{"csrf_token", ""},
		{"market_cap", ""},
		{"description", ""},
		{"id", ""},
		{"", ""},
		{"__", ""},
	}
	kinds := []Kind{"person_name", "street_address", "postal_code", "city", "password", "secret", "medical_record", "health_plan", "account_number", "license_number", "vehicle_id", "device_id"}
	s := newSet(t, kinds...)
	for _, tt := range tests {
		const text = "a value"
		var got Kind
		if spans := everyCut(t, s, text, tt.field); len(spans) > 1 || len(spans) == 1 && (spans[0].Start != 0 || spans[0].End != len(text)) {
			t.Errorf("%q: %v, want the whole value or nothing", tt.field, spans)
		} else if len(spans) == 1 {
			got = spans[0].Kind
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.field, got, tt.want)
		}
	}
}

func TestFieldNamesAreInOrder(t *testing.T) {
	kinds := map[Kind]int{}
	for i := range fieldNames {
		n := &fieldNames[i]
		kinds[n.kind]++
		folded := []byte(n.name)
		slices.Reverse(folded)
		if len(n.name) > maxNameBytes || i > 0 && fieldNames[i-1].behind(folded) {
			t.Errorf("%s stands behind %s", n.name, fieldNames[i-1].name)
		}
		if found := findName(n.name); found == nil || found.kind != n.kind {
			t.Errorf("%s is found as %v, want %s", n.name, found, n.kind)
		}
		if n.kind == "password" && !endsLike([]byte("x_"+n.name), &passwordEnds) || n.kind == "secret" && !endsLike([]byte("x_"+n.name), &secretEnds) {
			t.Errorf("%s does not end like a credential", n.name)
		}
		if n.kind != "" && lookup(n.kind) == nil {
			t.Errorf("%s: no detector %q", n.name, n.kind)
		}
	}
	if len(fieldNames) < 500 || len(kinds) < 13 {
		t.Errorf("%d names of %d kinds, want at least 500 of 13", len(fieldNames), len(kinds))
	}
}
