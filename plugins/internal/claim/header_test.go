package claim

import (
	"strings"
	"testing"

	"gatehouse/plugins/internal/config"
)

func TestHeader(t *testing.T) {
	tests := []struct {
		name, config, fault string
		value               string
		rendering           Rendering
	}{
		{"plain by default", `{"name":"X-User","claim":"sub"}`, "", "user-1", Rendered},
		{"list", `{"name":"x-roles","claim":"realm_access.roles"}`, "", "user,admin", Rendered},
		{"encoded", `{"name":"x-roles","claim":"realm_access.roles","encoding":"base64url"}`, "", "WyJ1c2VyIiwgImFkbWluIl0", Rendered},
		{"no such claim", `{"name":"x-roles","claim":"roles"}`, "", "", Missing},
		{"outside ASCII", `{"name":"x-text","claim":"escaped"}`, "", "", Unfit},
		{"no name", `{"claim":"sub"}`, "name: required", "", 0},
		{"empty name", `{"name":"","claim":"sub"}`, "want the name of a header", "", 0},
		{"pseudo-header", `{"name":":path","claim":"sub"}`, "want the name of a header", "", 0},
		{"name with a line break", `{"name":"a\r\nb","claim":"sub"}`, "want the name of a header", "", 0},
		{"name that is too long", `{"name":"` + strings.Repeat("a", 129) + `","claim":"sub"}`, "want the name of a header", "", 0},
		{"host", `{"name":"Host","claim":"sub"}`, "does not say how the message is read", "", 0},
		{"length", `{"name":"Content-Length","claim":"sub"}`, "does not say how the message is read", "", 0},
		{"another encoding", `{"name":"x","claim":"sub","encoding":"hex"}`, `encoding: want "plain" or "base64url"`, "", 0},
	}
	for _, test := range tests {
		h := &Header{}
		err := config.Decode([]byte(test.config), h)
		if test.fault != "" {
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%s: %v, want %q in it", test.name, err, test.fault)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if string(h.Name) != strings.ToLower(string(h.Name)) {
			t.Errorf("%s: name %q", test.name, h.Name)
		}
		if value, rendering := h.Render(sample); value != test.value || rendering != test.rendering {
			t.Errorf("%s: %q, %d, want %q, %d", test.name, value, rendering, test.value, test.rendering)
		}
	}
}
