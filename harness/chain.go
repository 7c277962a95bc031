package harness

// The filter chain of a stream, with the rules of Envoy's filter manager:
// plugins see a request in the order of the chain and a response in reverse; a
// filter that stops keeps what comes after, and continuing resumes where it
// stopped.

// httpFilter is a filter as the chain calls it: a plugin, or the router at the
// end, which only decodes.
type httpFilter interface {
	decodeHeaders(*headerMap, bool) headersStatus
	decodeData(*buffer, bool) dataStatus
	decodeTrailers(*headerMap) trailersStatus
	encodeHeaders(*headerMap, bool) headersStatus
	encodeData(*buffer, bool) dataStatus
	encodeTrailers(*headerMap) trailersStatus
}

type iterationState uint8

const (
	iterating iterationState = iota
	stoppedSingle
	stoppedAllBuffer
	stoppedAllWatermark
)

// chainFilter is a filter in one direction of a stream.
type chainFilter struct {
	s        *stream
	filter   httpFilter
	position int
	encoding bool

	iteration        iterationState
	headersContinued bool
	// fromCurrent says that the filter stopped everything, so that what was kept
	// goes to itself first, not to the next.
	fromCurrent bool
	end         bool
}

// callState says which callbacks are on the stack.
type callState uint8

const (
	inDecodeHeaders callState = 1 << iota
	inDecodeData
	inDecodeTrailers
	inEncodeHeaders
	inEncodeData
	inEncodeTrailers

	decodingMask = inDecodeHeaders | inDecodeData | inDecodeTrailers
	encodingMask = inEncodeHeaders | inEncodeData | inEncodeTrailers
)

func (f *chainFilter) canIterate() bool { return f.iteration == iterating }
func (f *chainFilter) stoppedAll() bool {
	return f.iteration == stoppedAllBuffer || f.iteration == stoppedAllWatermark
}

func (f *chainFilter) list() []*chainFilter {
	if f.encoding {
		return f.s.encoders
	}
	return f.s.decoders
}

func (f *chainFilter) buffered() **buffer {
	if f.encoding {
		return &f.s.responseBuffer
	}
	return &f.s.requestBuffer
}

func (f *chainFilter) complete() bool {
	if f.encoding {
		return f.s.localComplete
	}
	return f.s.requestComplete
}

func (f *chainFilter) hasTrailers() bool {
	if f.encoding {
		return f.s.responseTrailers != nil
	}
	return f.s.requestTrailers != nil
}

func (f *chainFilter) canContinue() bool {
	if f.s.done {
		return false
	}
	if f.encoding {
		return !f.s.encodeComplete
	}
	return !f.s.localComplete && !f.s.decodeAborted
}

// newBuffer makes the buffer that paused filters of one direction share.
func (f *chainFilter) newBuffer() *buffer {
	s := f.s
	if f.encoding {
		return &buffer{limit: s.bufferLimit(), high: s.responseTooLarge, low: s.resumeUpstream}
	}
	return &buffer{limit: s.bufferLimit(), high: s.requestTooLarge, low: s.resumeDownstream}
}

// resume continues iteration after a stop.
func (f *chainFilter) resume() {
	if !f.canContinue() {
		return
	}
	if f.canIterate() && !f.headersContinued {
		// In Envoy too: the rest of the chain sees the request twice, unless the
		// callback then stops it.
		f.s.warn("continued a stream that was not paused: the rest of the chain may see the headers twice")
	}
	if f.stoppedAll() {
		f.fromCurrent = true
	}
	f.iteration = iterating
	if !f.headersContinued {
		f.headersContinued = true
		f.doHeaders(f.complete() && *f.buffered() == nil && !f.hasTrailers())
	}
	hadTrailers := f.hasTrailers()
	if *f.buffered() != nil {
		f.doData(f.complete() && !hadTrailers)
	}
	if hadTrailers {
		f.doTrailers()
	}
	f.fromCurrent = false
}

func (f *chainFilter) doHeaders(end bool) {
	if f.encoding {
		f.s.encodeHeaders(f, f.s.responseHeaders, end)
	} else {
		f.s.decodeHeaders(f, f.s.requestHeaders, end)
	}
}

func (f *chainFilter) doData(end bool) {
	if f.encoding {
		f.s.encodeData(f, f.s.responseBuffer, end, true)
	} else {
		f.s.decodeData(f, f.s.requestBuffer, end, true)
	}
}

func (f *chainFilter) doTrailers() {
	if f.encoding {
		f.s.encodeTrailers(f, f.s.responseTrailers)
	} else {
		f.s.decodeTrailers(f, f.s.requestTrailers)
	}
}

// next is the position at which iteration goes on after (or with) a filter; nil
// is the start of the chain.
func next(f *chainFilter, mayStartFromCurrent bool) int {
	if f == nil {
		return 0
	}
	if mayStartFromCurrent && f.fromCurrent {
		return f.position
	}
	return f.position + 1
}

func (f *chainFilter) last() bool { return f.position == len(f.list())-1 }

func (f *chainFilter) afterHeaders(answer headersStatus, end *bool) bool {
	switch answer {
	case headersStop:
		f.iteration = stoppedSingle
		return false
	case headersStopAllAndBuffer:
		f.iteration = stoppedAllBuffer
		return false
	case headersStopAllAndWatermark:
		f.iteration = stoppedAllWatermark
		return false
	case headersContinueAndDontEnd:
		*end = false
	}
	f.headersContinued = true
	return true
}

// keep moves data into the buffer that paused filters share.
func (f *chainFilter) keep(data *buffer) {
	kept := f.buffered()
	if *kept == data {
		return
	}
	if *kept == nil {
		*kept = f.newBuffer()
	}
	(*kept).append(data.take())
}

func (f *chainFilter) afterData(answer dataStatus, data *buffer, streaming *bool) bool {
	if answer == dataContinue {
		if f.iteration == stoppedSingle {
			f.keep(data)
			f.resume()
			return false
		}
		f.headersContinued = true
		return true
	}
	f.iteration = stoppedSingle
	switch {
	case answer == dataStopAndBuffer || answer == dataStopAndWatermark:
		*streaming = answer == dataStopAndWatermark
		f.keep(data)
	case f.complete() && !f.hasTrailers() && *f.buffered() == nil && !f.s.done:
		// So that continuing delivers the end of the stream.
		*f.buffered() = f.newBuffer()
	}
	return false
}

func (f *chainFilter) afterTrailers(answer trailersStatus) bool {
	if answer == trailersContinue {
		if f.iteration == stoppedSingle {
			f.resume()
			return false
		}
		return true
	}
	if f.canIterate() {
		f.iteration = stoppedSingle
	}
	return false
}

// addData adds a piece of a body to what the filter has buffered.
func (f *chainFilter) addData(data *buffer) {
	s := f.s
	trailers := inDecodeTrailers
	if f.encoding {
		trailers = inEncodeTrailers
	}
	if s.calls&trailers != 0 && f.canIterate() {
		if f.encoding {
			s.encodeData(f, data, false, false)
		} else {
			s.decodeData(f, data, false, false)
		}
		return
	}
	if f.encoding {
		s.encodersStreaming = false
	} else {
		s.decodersStreaming = false
	}
	f.keep(data)
}

// stopAllKeeps keeps data for a filter that has stopped everything.
func (f *chainFilter) stopAllKeeps(data *buffer, streaming *bool) bool {
	if !f.stoppedAll() {
		return false
	}
	*streaming = f.iteration == stoppedAllWatermark
	f.keep(data)
	return true
}

func (s *stream) decodeHeaders(from *chainFilter, headers *headerMap, end bool) {
	for i := next(from, false); i < len(s.decoders); i++ {
		f := s.decoders[i]
		s.calls |= inDecodeHeaders
		f.end = end
		answer := f.filter.decodeHeaders(headers, end)
		s.calls &^= inDecodeHeaders
		if s.decodeAborted {
			s.executePreparedReply()
			answer = headersStop
		}
		proceed := f.afterHeaders(answer, &end)
		if s.done || s.localComplete && !f.last() {
			return
		}
		if !proceed && !f.last() {
			return
		}
	}
}

func (s *stream) decodeData(from *chainFilter, data *buffer, end, mayStartFromCurrent bool) {
	s.touch()
	if s.localComplete || s.done {
		return
	}
	trailersAtStart := s.requestTrailers != nil
	var trailersAddedBy *chainFilter
	for i := next(from, mayStartFromCurrent); i < len(s.decoders); i++ {
		f := s.decoders[i]
		if f.stopAllKeeps(data, &s.decodersStreaming) {
			return
		}
		if f.end {
			return
		}
		s.calls |= inDecodeData
		f.end = end && s.requestTrailers == nil
		answer := f.filter.decodeData(data, f.end)
		s.calls &^= inDecodeData
		if s.decodeAborted {
			s.executePreparedReply()
			return
		}
		if s.done {
			return
		}
		if !trailersAtStart && s.requestTrailers != nil && trailersAddedBy == nil {
			end = false
			trailersAddedBy = f
		}
		if !f.afterData(answer, data, &s.decodersStreaming) && !f.last() {
			break
		}
	}
	if trailersAddedBy != nil && !s.done {
		s.decodeTrailers(trailersAddedBy, s.requestTrailers)
	}
}

func (s *stream) decodeTrailers(from *chainFilter, trailers *headerMap) {
	if s.localComplete || s.done {
		return
	}
	for i := next(from, true); i < len(s.decoders); i++ {
		f := s.decoders[i]
		if f.stoppedAll() {
			return
		}
		s.calls |= inDecodeTrailers
		answer := f.filter.decodeTrailers(trailers)
		f.end = true
		s.calls &^= inDecodeTrailers
		if s.decodeAborted {
			s.executePreparedReply()
			answer = trailersStop
		}
		if s.done || !f.afterTrailers(answer) {
			return
		}
	}
}

// startEncoding marks the end of a response that comes from outside the chain.
func (s *stream) startEncoding(from *chainFilter, end bool) {
	if from == nil {
		s.localComplete = end
	}
}

func (s *stream) encodeHeaders(from *chainFilter, headers *headerMap, end bool) {
	s.touch()
	s.startEncoding(from, end)
	for i := next(from, false); i < len(s.encoders); i++ {
		f := s.encoders[i]
		s.calls |= inEncodeHeaders
		f.end = end
		answer := f.filter.encodeHeaders(headers, end)
		if s.encodeAborted {
			answer = headersStop
		}
		s.calls &^= inEncodeHeaders
		if !f.afterHeaders(answer, &end) || s.done {
			return
		}
	}
	if reason := missingResponseHeader(headers); reason != "" {
		s.sendLocalReply(localReply{status: 502, body: reason, grpcStatus: noGRPCStatus,
			details: "filter_removed_required_response_headers{" + underscores(reason) + "}"})
		return
	}
	s.headersEncoded = true
	s.clientHeaders(headers, end)
	s.maybeEndEncode(end)
}

func (s *stream) encodeData(from *chainFilter, data *buffer, end, mayStartFromCurrent bool) {
	s.touch()
	s.startEncoding(from, end)
	trailersAtStart := s.responseTrailers != nil
	var trailersAddedBy *chainFilter
	for i := next(from, mayStartFromCurrent); i < len(s.encoders); i++ {
		f := s.encoders[i]
		if f.stopAllKeeps(data, &s.encodersStreaming) {
			return
		}
		if f.end {
			return
		}
		s.calls |= inEncodeData
		f.end = end && s.responseTrailers == nil
		answer := f.filter.encodeData(data, f.end)
		if s.encodeAborted {
			answer = dataStopNoBuffer
		}
		s.calls &^= inEncodeData
		if s.done {
			return
		}
		if !trailersAtStart && s.responseTrailers != nil && trailersAddedBy == nil {
			trailersAddedBy = f
		}
		if !f.afterData(answer, data, &s.encodersStreaming) {
			return
		}
	}
	end = end && trailersAddedBy == nil
	s.clientData(data, end)
	s.maybeEndEncode(end)
	if trailersAddedBy != nil && !s.done {
		s.encodeTrailers(trailersAddedBy, s.responseTrailers)
	}
}

func (s *stream) encodeTrailers(from *chainFilter, trailers *headerMap) {
	if s.done {
		// A filter behind has let them pass already, with the body that it held.
		return
	}
	s.touch()
	s.startEncoding(from, true)
	for i := next(from, true); i < len(s.encoders); i++ {
		f := s.encoders[i]
		if f.stoppedAll() {
			return
		}
		s.calls |= inEncodeTrailers
		answer := f.filter.encodeTrailers(trailers)
		f.end = true
		s.calls &^= inEncodeTrailers
		if s.done || !f.afterTrailers(answer) {
			return
		}
	}
	s.clientTrailers(trailers)
	s.maybeEndEncode(true)
}
