//go:build !wasip1

package redact_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"gatehouse/plugins/redact/detect"
)

// recordedKinds are an example of each kind of data that is found, a recording a group.
func recordedKinds() []recording {
	var all []recording
	at := map[string]int{}
	for _, k := range detect.Kinds() {
		i, ok := at[k.Group]
		if !ok {
			i = len(all)
			at[k.Group] = i
			group := strings.ReplaceAll(k.Group, " ", "-")
			all = append(all, recording{file: "kinds-" + group, why: "An example of each kind of data of the group " + k.Group + "."})
		}
		r := &all[i]
		if r.members != "" {
			r.members += ",\n"
		}
		r.members += fmt.Sprintf(`{"type":"%s","action":{"replace":"[%s]"}}`, k.Kind, k.Kind)
		example, _ := json.Marshal(k.Example)
		document := `{"id":1,"` + or(k.ExampleField, "text") + `":` + string(example) + `}`
		r.exchanges = append(r.exchanges, getsJSON(strings.ReplaceAll(string(k.Kind), "_", " "), document))
	}
	for i := range all {
		all[i].members = answers(`"detectors":[` + all[i].members + `]`)
	}
	return all
}
