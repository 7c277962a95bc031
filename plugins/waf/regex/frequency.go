package regex

import (
	"math/bits"
	"strings"
)

// frequencies are how many of 10,000 bytes of ordinary API traffic (names and
// values of headers, forms and JSON) are each byte, roughly. They choose between
// facts that are all true.
var frequencies = [256]uint16{
	' ': 600, '\n': 30, '\t': 5, '\r': 20, '!': 5, '"': 150, '#': 3, '$': 3, '%': 40, '&': 30, '\'': 10, '(': 15, ')': 15, '*': 20, '+': 30,
	',': 150, '-': 180, '.': 180, '/': 200, ':': 120, ';': 50, '<': 5, '=': 120, '>': 5, '?': 20, '@': 10, '[': 10, '\\': 3, ']': 10, '^': 1,
	'_': 80, '`': 1, '{': 20, '|': 2, '}': 20, '~': 2,
	'0': 200, '1': 200, '2': 150, '3': 110, '4': 110, '5': 110, '6': 100, '7': 90, '8': 90, '9': 90,
	'A': 50, 'B': 25, 'C': 40, 'D': 30, 'E': 40, 'F': 25, 'G': 20, 'H': 20, 'I': 35, 'J': 15, 'K': 20, 'L': 30, 'M': 40, 'N': 30, 'O': 25,
	'P': 35, 'Q': 10, 'R': 30, 'S': 45, 'T': 45, 'U': 20, 'V': 15, 'W': 25, 'X': 15, 'Y': 15, 'Z': 12,
	'a': 500, 'b': 120, 'c': 240, 'd': 220, 'e': 750, 'f': 130, 'g': 140, 'h': 220, 'i': 480, 'j': 40, 'k': 80, 'l': 320, 'm': 200, 'n': 430,
	'o': 460, 'p': 220, 'q': 25, 'r': 400, 's': 400, 't': 500, 'u': 190, 'v': 80, 'w': 110, 'x': 60, 'y': 110, 'z': 30,
}

// frequency is the share of a byte, of both cases for a letter of lower case if
// folded is set.
func frequency(b byte, folded bool) float64 {
	n := max(frequencies[b], 1)
	if folded && 'a' <= b && b <= 'z' {
		n += frequencies[b-'a'+'A']
	}
	return float64(n) / 10000
}

// share is the share of the bytes of a set.
func (s *ByteSet) share() float64 {
	sum := 0.0
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			sum += frequency(byte(w<<5+bits.TrailingZeros32(word)), false)
		}
	}
	return sum
}

// ordinary are words that ordinary traffic is full of, so that a literal within
// one of them excludes little.
const ordinary = "https://www. mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/ safari/ firefox/ " +
	"application/json text/html, text/plain; charset=utf-8 multipart/form-data; boundary= gzip, deflate content-type content-length " +
	"accept-encoding accept-language keep-alive user-agent authorization: bearer cookie: session sessionid host: localhost origin referer " +
	"x-forwarded-for x-request-id cache-control no-cache .com .org .net .html .json .js .css .png .jpg image/ " +
	"username password email name address phone number message comment description title category status active type value " +
	"created updated date time timestamp version token access order items product price quantity total currency customer account " +
	"search query page limit offset sort filter lang locale country city street state region code true false null undefined " +
	"the and for with that this from have not are you was your please thank order select from all new now get post put set has his her can will" +
	" request response client server service system data file path user users admin test example default index public id= &page= ?q= "

// rarity estimates how many of the places in ordinary traffic, its letters in
// lower case, one of the literals stands at. Less is better.
func rarity(literals []string) float64 {
	sum := 0.0
	for _, l := range literals {
		p := 1.0
		for i := 0; i < len(l); i++ {
			p *= 2 * frequency(l[i], true) // letters attract each other
		}
		if strings.Contains(ordinary, l) {
			p = max(p, 0.005)
		}
		sum += p
	}
	return sum * (1 + float64(len(literals))/20)
}
