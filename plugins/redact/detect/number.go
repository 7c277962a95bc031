package detect

// numbers are the detectors of what is a number or has one in it.
var numbers = [...]detector{}
