package jose

import (
	"reflect"
	"testing"
	"time"
)

func TestParseClaims(t *testing.T) {
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	tests := []struct {
		name    string
		payload string
		want    Claims
		err     error
	}{
		{"no claim", `{}`, Claims{}, nil},
		{"every registered claim", `{"iss":"i","sub":"s","jti":"j","aud":"a","exp":3,"nbf":2,"iat":1}`,
			Claims{Issuer: "i", Subject: "s", ID: "j", Audience: []string{"a"}, Expires: at(3), NotBefore: at(2), IssuedAt: at(1)}, nil},
		{"several audiences", `{"aud":["a","b"]}`, Claims{Audience: []string{"a", "b"}}, nil},
		{"no audience in the list", `{"aud":[]}`, Claims{}, nil},
		{"claims in another case are other claims", `{"AUD":1,"Exp":"x","ISS":[]}`, Claims{}, nil},
		{"issuer that is a list", `{"iss":["i"]}`, Claims{}, ClaimError("iss")},
		{"issuer that is null", `{"iss":null}`, Claims{}, ClaimError("iss")},
		{"subject that is a number", `{"sub":1}`, Claims{}, ClaimError("sub")},
		{"token id that is a number", `{"jti":1}`, Claims{}, ClaimError("jti")},
		{"expiry that is a string", `{"exp":"3"}`, Claims{}, ClaimError("exp")},
		{"expiry that is null", `{"exp":null}`, Claims{}, ClaimError("exp")},
		{"expiry out of range", `{"exp":1e300}`, Claims{}, ClaimError("exp")},
		{"start that is a string", `{"nbf":"2"}`, Claims{}, ClaimError("nbf")},
		{"time of issue that is a list", `{"iat":[1]}`, Claims{}, ClaimError("iat")},
		{"audience that is null", `{"aud":null}`, Claims{}, ClaimError("aud")},
		{"audience that is a number", `{"aud":1}`, Claims{}, ClaimError("aud")},
		{"audience that is an object", `{"aud":{"a":"b"}}`, Claims{}, ClaimError("aud")},
		{"audience with a number", `{"aud":["a",1]}`, Claims{}, ClaimError("aud")},
		{"audience with a list", `{"aud":[["a"]]}`, Claims{}, ClaimError("aud")},
		{"two audiences", `{"aud":"a","aud":"b"}`, Claims{}, ErrDuplicateMember},
		{"nested token", `eyJhbGciOiJSUzI1NiJ9.e30.AAAA`, Claims{}, ErrJSON},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseClaims(test.payload)
			if err != test.err {
				t.Fatalf("ParseClaims = %v, want %v", err, test.err)
			}
			if err != nil {
				return
			}
			got.Object = nil
			if !reflect.DeepEqual(*got, test.want) {
				t.Errorf("ParseClaims = %+v, want %+v", *got, test.want)
			}
		})
	}
}
