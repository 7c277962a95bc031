package detect

// texts are the detectors of what is not a number.
var texts = [...]detector{}
