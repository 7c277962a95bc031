package detect

import (
	"encoding/base64"
	"testing"
)

func TestPassword(t *testing.T) {
	checkTexts(t, newSet(t, "password"), []textCase{
		{"behind an equals sign", "password=hunter2&x=1", "password=[password hunter2]&x=1"},
		{"behind a colon", "Password: hunter2, please", "Password: [password hunter2], please"},
		{"in JSON", `{"password":"hunter2"}`, `{"password":"[password hunter2]"}`},
		{"in JSON with spaces", `{"password" : "hunt\"er 2"}`, `{"password" : "[password hunt\"er 2]"}`},
		{"in JSON inside a string", `{\"userPassword\":\"hunter2\"}`, `{\"userPassword\":\"[password hunter2]\"}`},
		{"in YAML", "db_pass: 'hunter 2'\n", "db_pass: '[password hunter 2]'\n"},
		{"in an environment", "PGPASSWORD=hunter2 psql", "PGPASSWORD=[password hunter2] psql"},
		{"in source text", `passwd := "hunter2"`, `passwd := "[password hunter2]"`},
		{"in Ruby", `"password" => "hunter2"`, `"password" => "[password hunter2]"`},
		{"in an element", "<password>\n  hunter 2\n</password>", "<password>\n  [password hunter 2]\n</password>"},
		{"in German", "Passwort: hunter2", "Passwort: [password hunter2]"},
		{"in Polish", "hasło=hunter2", "hasło=[password hunter2]"},
		{"in Spanish", "contraseña: hunter2", "contraseña: [password hunter2]"},
		{"in a URL", "postgres://app:s3cr3t@db.example.com/x", "postgres://app:[password s3cr3t]@db.example.com/x"},
		{"in a URL, with an at sign", "amqp://app:p@ss@mq", "amqp://app:[password p@ss]@mq"},
		{"without end of the quotes", `password="hunter2`, `password="[password hunter2]`},
		{"two without a space", "password=hunter2password=hunter3", "password=[password hunter2password]=[password hunter3]"},
		{"with signs in it", "password=a=b==", "password=[password a=b==]"},
		{"masked", "password=********", ""},
		{"a variable", "password=${DB_PASSWORD} pwd=$PASS", ""},
		{"a template", "password: {{ .Values.password }}", ""},
		{"nothing", `"password":null,"pwd":""`, ""},
		{"redacted", "password=[REDACTED]", ""},
		{"a flag", "password=1", ""},
		{"another word", "passwords are long; compass: north", ""},
		{"a URL without a password", "https://app@example.com", ""},
		{"an address", "mail jane:doe@example.com", ""},
	})
}

func TestNamedSecret(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("Aladdin:open sesame")) // RFC 7617, Section 2
	checkTexts(t, newSet(t, "secret"), []textCase{
		{"of Bearer", "Authorization: Bearer mF_9.B5f-4.1JqM\r\n", "Authorization: Bearer [secret mF_9.B5f-4.1JqM]\r\n"}, // RFC 6750, Section 2.1
		{"of Bearer alone", "sent Bearer 3f1c9a7e5b2d4860.", "sent Bearer [secret 3f1c9a7e5b2d4860]."},
		{"of Basic", "Authorization: Basic " + basic, "Authorization: Basic [secret " + basic + "]"},
		{"of Basic alone", "curl -H 'basic " + basic + "'", "curl -H 'basic [secret " + basic + "]'"},
		{"in a query", "?access_token=a1b2c3d4e5&x", "?access_token=[secret a1b2c3d4e5]&x"},
		{"with a space in the name", "API key: a1b2c3d4e5", "API key: [secret a1b2c3d4e5]"},
		{"in JSON", `"clientSecret": "a1b2c3d4e5"`, `"clientSecret": "[secret a1b2c3d4e5]"`},
		{"in JSON, with a scheme", `"authorization":"Bearer a1b2c3d4e5"`, `"authorization":"Bearer [secret a1b2c3d4e5]"`},
		{"a word of a sentence", "token: expired", ""},
		{"the bearer of news", "the bearer of good news, basic authentication", ""},
		{"a page", "next_page_token=a1b2c3d4e5", ""},
		{"a type", "token_type=bearer", ""},
		{"a hash of a commit", "commit: 3f1c9a7e5b2d4860", ""},
	})
}
