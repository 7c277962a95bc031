package body

// The entities that are decoded without a declaration: those of XML 1.0, Section
// 4.6 and of HTML 4.01, Section 24, for Coraza decodes the latter as well.

// entityWidth is how many bytes of entityNames a name has.
const entityWidth = 8

// entityNames are the names in order, filled up with spaces.
const entityNames = "" +
	"AElig   Aacute  Acirc   Agrave  Alpha   Aring   Atilde  Auml    Beta    Ccedil  " +
	"Chi     Dagger  Delta   ETH     Eacute  Ecirc   Egrave  Epsilon Eta     Euml    " +
	"Gamma   Iacute  Icirc   Igrave  Iota    Iuml    Kappa   Lambda  Mu      Ntilde  " +
	"Nu      OElig   Oacute  Ocirc   Ograve  Omega   Omicron Oslash  Otilde  Ouml    " +
	"Phi     Pi      Prime   Psi     Rho     Scaron  Sigma   THORN   Tau     Theta   " +
	"Uacute  Ucirc   Ugrave  Upsilon Uuml    Xi      Yacute  Yuml    Zeta    aacute  " +
	"acirc   acute   aelig   agrave  alefsym alpha   amp     and     ang     apos    " +
	"aring   asymp   atilde  auml    bdquo   beta    brvbar  bull    cap     ccedil  " +
	"cedil   cent    chi     circ    clubs   cong    copy    crarr   cup     curren  " +
	"dArr    dagger  darr    deg     delta   diams   divide  eacute  ecirc   egrave  " +
	"empty   emsp    ensp    epsilon equiv   eta     eth     euml    euro    exist   " +
	"fnof    forall  frac12  frac14  frac34  frasl   gamma   ge      gt      hArr    " +
	"harr    hearts  hellip  iacute  icirc   iexcl   igrave  image   infin   int     " +
	"iota    iquest  isin    iuml    kappa   lArr    lambda  lang    laquo   larr    " +
	"lceil   ldquo   le      lfloor  lowast  loz     lrm     lsaquo  lsquo   lt      " +
	"macr    mdash   micro   middot  minus   mu      nabla   nbsp    ndash   ne      " +
	"ni      not     notin   nsub    ntilde  nu      oacute  ocirc   oelig   ograve  " +
	"oline   omega   omicron oplus   or      ordf    ordm    oslash  otilde  otimes  " +
	"ouml    para    part    permil  perp    phi     pi      piv     plusmn  pound   " +
	"prime   prod    prop    psi     quot    rArr    radic   rang    raquo   rarr    " +
	"rceil   rdquo   real    reg     rfloor  rho     rlm     rsaquo  rsquo   sbquo   " +
	"scaron  sdot    sect    shy     sigma   sigmaf  sim     spades  sub     sube    " +
	"sum     sup     sup1    sup2    sup3    supe    szlig   tau     there4  theta   " +
	"thetasymthinsp  thorn   tilde   times   trade   uArr    uacute  uarr    ucirc   " +
	"ugrave  uml     upsih   upsilon uuml    weierp  xi      yacute  yen     yuml    " +
	"zeta    zwj     zwnj    "

// entityRunes are what the names stand for.
var entityRunes = [len(entityNames) / entityWidth]uint16{
	0x00c6, 0x00c1, 0x00c2, 0x00c0, 0x0391, 0x00c5, 0x00c3, 0x00c4, 0x0392, 0x00c7,
	0x03a7, 0x2021, 0x0394, 0x00d0, 0x00c9, 0x00ca, 0x00c8, 0x0395, 0x0397, 0x00cb,
	0x0393, 0x00cd, 0x00ce, 0x00cc, 0x0399, 0x00cf, 0x039a, 0x039b, 0x039c, 0x00d1,
	0x039d, 0x0152, 0x00d3, 0x00d4, 0x00d2, 0x03a9, 0x039f, 0x00d8, 0x00d5, 0x00d6,
	0x03a6, 0x03a0, 0x2033, 0x03a8, 0x03a1, 0x0160, 0x03a3, 0x00de, 0x03a4, 0x0398,
	0x00da, 0x00db, 0x00d9, 0x03a5, 0x00dc, 0x039e, 0x00dd, 0x0178, 0x0396, 0x00e1,
	0x00e2, 0x00b4, 0x00e6, 0x00e0, 0x2135, 0x03b1, 0x0026, 0x2227, 0x2220, 0x0027,
	0x00e5, 0x2248, 0x00e3, 0x00e4, 0x201e, 0x03b2, 0x00a6, 0x2022, 0x2229, 0x00e7,
	0x00b8, 0x00a2, 0x03c7, 0x02c6, 0x2663, 0x2245, 0x00a9, 0x21b5, 0x222a, 0x00a4,
	0x21d3, 0x2020, 0x2193, 0x00b0, 0x03b4, 0x2666, 0x00f7, 0x00e9, 0x00ea, 0x00e8,
	0x2205, 0x2003, 0x2002, 0x03b5, 0x2261, 0x03b7, 0x00f0, 0x00eb, 0x20ac, 0x2203,
	0x0192, 0x2200, 0x00bd, 0x00bc, 0x00be, 0x2044, 0x03b3, 0x2265, 0x003e, 0x21d4,
	0x2194, 0x2665, 0x2026, 0x00ed, 0x00ee, 0x00a1, 0x00ec, 0x2111, 0x221e, 0x222b,
	0x03b9, 0x00bf, 0x2208, 0x00ef, 0x03ba, 0x21d0, 0x03bb, 0x2329, 0x00ab, 0x2190,
	0x2308, 0x201c, 0x2264, 0x230a, 0x2217, 0x25ca, 0x200e, 0x2039, 0x2018, 0x003c,
	0x00af, 0x2014, 0x00b5, 0x00b7, 0x2212, 0x03bc, 0x2207, 0x00a0, 0x2013, 0x2260,
	0x220b, 0x00ac, 0x2209, 0x2284, 0x00f1, 0x03bd, 0x00f3, 0x00f4, 0x0153, 0x00f2,
	0x203e, 0x03c9, 0x03bf, 0x2295, 0x2228, 0x00aa, 0x00ba, 0x00f8, 0x00f5, 0x2297,
	0x00f6, 0x00b6, 0x2202, 0x2030, 0x22a5, 0x03c6, 0x03c0, 0x03d6, 0x00b1, 0x00a3,
	0x2032, 0x220f, 0x221d, 0x03c8, 0x0022, 0x21d2, 0x221a, 0x232a, 0x00bb, 0x2192,
	0x2309, 0x201d, 0x211c, 0x00ae, 0x230b, 0x03c1, 0x200f, 0x203a, 0x2019, 0x201a,
	0x0161, 0x22c5, 0x00a7, 0x00ad, 0x03c3, 0x03c2, 0x223c, 0x2660, 0x2282, 0x2286,
	0x2211, 0x2283, 0x00b9, 0x00b2, 0x00b3, 0x2287, 0x00df, 0x03c4, 0x2234, 0x03b8,
	0x03d1, 0x2009, 0x00fe, 0x02dc, 0x00d7, 0x2122, 0x21d1, 0x00fa, 0x2191, 0x00fb,
	0x00f9, 0x00a8, 0x03d2, 0x03c5, 0x00fc, 0x2118, 0x03be, 0x00fd, 0x00a5, 0x00ff,
	0x03b6, 0x200d, 0x200c,
}

// entity returns the character that an entity stands for.
func entity(name string) (r rune, ok bool) {
	if len(name) > entityWidth {
		return 0, false
	}
	var key [entityWidth]byte
	for i := range key {
		key[i] = ' '
	}
	copy(key[:], name)
	lo, hi := 0, len(entityRunes)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch at := entityNames[mid*entityWidth : (mid+1)*entityWidth]; {
		case at == string(key[:]):
			return rune(entityRunes[mid]), true
		case at < string(key[:]):
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0, false
}
