package format

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomDocumentsAreSound puts documents together of what has a meaning in
// their format, well-formed or not, and checks what the fuzz targets check.
func TestRandomDocumentsAreSound(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	form := strings.Fields("a b= = & & WORD %57ORD WO%52D + % %4 %zz {\"a\": \"WORD\"} [ ] é %C3%A9 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")
	csv := append(strings.Fields("a , , , \" \"\" \"WORD\" WORD WO\"\"RD ; é xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx {\"\"a\"\":1}"), "\n", "\r\n", "\r", ",\n")
	parts := append(strings.Fields("--b -- WORD --b-- a: {\"a\":\"WORD\"} X:WORD"), "\r\n", "\r\n", "\r\n--b\r\n\r\n", "\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n",
		"\r\n--b\r\nContent-Type: application/json\r\n\r\n", "\r\n--b--", "\r")
	xmlText := append(strings.Fields("WORD WO&#x52;D &lt; &amp; ]]&gt; ]] <![CDATA[WORD]]> <![CDATA[RD]> WO]]> <![CDATA[]]]]> <!--WORD--> <?p WORD?> & &x; xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx [\"WORD\"] é"), " ", "\n", "<?p WORD ?>", "WO")
	markup := append(strings.Fields("WORD WO&#x52;D WO RD &#87 ORD & &lt <b> <b </b> </ <p </p> <!-- --> --!> <!WORD> <?WORD> <script> </script> </scr <title> </title> <style> <textarea </textarea > > / = a= a=' a=\" ' \" WORD= <br> <![CDATA[ ]]> {\"a\":\"WORD\"} xxxxxxxxxxxxxxxxxxxxxxxxxxx é"), " ", "\n", "<b>WO", "</i>")
	r := rand.New(rand.NewPCG(9, 9))
	joined := func(from []string, n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteString(from[r.IntN(len(from))])
		}
		return b.String()
	}
	var element func(b *strings.Builder, depth int)
	element = func(b *strings.Builder, depth int) {
		name := string(rune('a' + r.IntN(4)))
		b.WriteString("<" + name)
		for i := range r.IntN(3) {
			b.WriteString(" " + string(rune('p'+i)) + "='" + strings.NewReplacer("<", "", "'", "").Replace(joined(xmlText, 3)) + "'")
		}
		if r.IntN(5) == 0 {
			b.WriteString("/>")
			return
		}
		b.WriteString(">")
		for range r.IntN(4) {
			if depth > 0 && r.IntN(2) == 0 {
				element(b, depth-1)
			} else {
				b.WriteString(joined(xmlText, 5))
			}
		}
		b.WriteString("</" + name + ">")
	}
	for range rounds {
		cut, size := uint16(r.IntN(1<<16)), uint8(r.IntN(64))
		sound(t, []byte(joined(form, 20)), cut, size, startForm, readForm)
		sound(t, []byte(joined(csv, 25)), cut, size, startCSV, readCSV)
		sound(t, []byte(joined(parts, 15)+"\r\n--b--"), cut, size, startMultipart, readMultipart)
		sound(t, []byte(joined(markup, 20)), cut, size, startHTML, readHTML)
		var b strings.Builder
		element(&b, 3)
		sound(t, []byte(b.String()), cut, size, startXML, readXML)
	}
}
