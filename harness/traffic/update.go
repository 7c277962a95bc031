package traffic

import "bytes"

// SetWants returns the txtar archive data with the want section of its n-th
// exchange holding wants[n], the last section of the exchange where it has none
// yet. All other bytes stay as they are. The archive must be one that ReadTxtar
// reads, with as many exchanges as wants.
func SetWants(data []byte, wants []string) []byte {
	sections, _ := split(data)
	var out bytes.Buffer
	written := 0 // data up to here is in out
	exchange := -1
	hasRequest, hasWant := false, false
	put := func(at int, text string) {
		out.Write(data[written:at])
		written = at
		if n := out.Len(); n > 0 && out.Bytes()[n-1] != '\n' {
			out.WriteByte('\n')
		}
		out.WriteString(text)
	}
	end := func(at int) {
		if exchange >= 0 && !hasWant {
			put(at, "-- want --\n"+wants[exchange])
		}
	}
	for _, s := range sections {
		line := lineStart(data, s.start)
		switch {
		case s.name == "exchange", s.name == "request" && (exchange < 0 || hasRequest):
			end(line)
			exchange++
			hasRequest, hasWant = s.name == "request", false
		case s.name == "request":
			hasRequest = true
		case s.name == "want":
			put(s.start, wants[exchange])
			written = s.end
			hasWant = true
		}
	}
	end(len(data))
	out.Write(data[written:])
	return out.Bytes()
}

// lineStart returns where the section line that ends before start begins.
func lineStart(data []byte, start int) int {
	return bytes.LastIndexByte(data[:max(start-1, 0)], '\n') + 1
}
