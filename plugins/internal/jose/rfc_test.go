package jose

import (
	"strings"
	"testing"
)

// TestRFCExamples verifies the examples that the RFCs print, and that each is
// refused with one character of it changed, for every seventh character.
func TestRFCExamples(t *testing.T) {
	const rsaKey = `{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}`
	const claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	tests := []struct {
		name    string
		key     string
		token   string
		payload string
	}{
		{"RFC 7515, Appendix A.2: RS256", rsaKey,
			"eyJhbGciOiJSUzI1NiJ9." + claims + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
		{"RFC 7515, Appendix A.3: ES256",
			`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`,
			"eyJhbGciOiJFUzI1NiJ9." + claims + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
			"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
		{"RFC 7515, Appendix A.4: ES512",
			`{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}`,
			"eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
			"Payload"},
		{"RFC 8037, Appendix A.4: EdDSA",
			`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
			"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
			"Example of Ed25519 signing"},
	}
	// RFC 7520, Sections 4.1 to 4.3 are Figures 13, 20 and 27 of Wycheproof, two
	// of them with a key whose "alg" is wrong there.
	correct := map[string]string{"345": "RS256", "346": "PS384", "347": "ES512"}
	for _, v := range wycheproofVectors(t, "json_web_signature_test.json") {
		fields := strings.Fields(v.id)
		algorithm, ok := correct[fields[1]]
		if !ok {
			continue
		}
		key := strings.TrimSuffix(strings.TrimPrefix(string(v.keys), `{"keys":[`), "]}")
		key = strings.NewReplacer(`"PS256"`, `"`+algorithm+`"`, `"ES521"`, `"`+algorithm+`"`).Replace(key)
		tests = append(tests, struct{ name, key, token, payload string }{
			"RFC 7520, " + fields[2] + ": " + algorithm, key, v.token,
			"It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there’s no knowing where you might be swept off to."})
	}
	if len(tests) != 7 {
		t.Fatalf("%d examples, want 7", len(tests))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			keys := `{"keys":[` + test.key + `]}`
			if err := accepts(keys, test.token); err != nil {
				t.Fatal(err)
			}
			if parsed, _ := ParseCompact(test.token); parsed.Payload != test.payload {
				t.Errorf("payload = %q, want %q", parsed.Payload, test.payload)
			}
			for i := 0; i < len(test.token); i += 7 {
				other := byte('A')
				if test.token[i] == other {
					other = 'B'
				}
				if changed := test.token[:i] + string(other) + test.token[i+1:]; accepts(keys, changed) == nil {
					t.Fatalf("accepted with character %d changed", i)
				}
			}
		})
	}
}
