package harness

import "strings"

// The kinds of metric, as the ABI numbers them; they are also the low two bits
// of a metric's id.
const (
	counterMetric = iota
	gaugeMetric
	histogramMetric
)

var metricTypes = [...]string{"counter", "gauge", "histogram"}

// metricStore holds the metrics of all worker threads by kind and name.
type metricStore struct {
	byName [3]map[string]*Metric
}

// define makes a metric, or finds it. Dots at the end of a name do not count.
func (s *metricStore) define(kind uint32, name string) *Metric {
	name = strings.TrimRight(name, ".")
	if s.byName[kind] == nil {
		s.byName[kind] = map[string]*Metric{}
	}
	m := s.byName[kind][name]
	if m == nil {
		m = &Metric{Type: metricTypes[kind]}
		s.byName[kind][name] = m
	}
	return m
}

// vmMetrics are the ids one VM gave to metrics. Ids are the VM's own, values
// are not.
type vmMetrics struct {
	store *metricStore
	ids   map[uint32]*Metric
	last  [3]uint32
}

func newVMMetrics(store *metricStore) *vmMetrics {
	return &vmMetrics{
		store: store,
		ids:   map[uint32]*Metric{},
		last:  [3]uint32{counterMetric, gaugeMetric, histogramMetric},
	}
}

func (m *vmMetrics) define(kind uint32, name string) (uint32, status) {
	if kind > histogramMetric {
		return 0, statusBadArgument
	}
	m.last[kind] += 4
	id := m.last[kind]
	m.ids[id] = m.store.define(kind, name)
	return id, statusOK
}

// increment refuses to lower a counter or leave it as it is; a gauge goes down
// with a negative offset, past zero if need be.
func (m *vmMetrics) increment(id uint32, offset int64) status {
	kind := id & 3
	if kind > gaugeMetric {
		return statusBadArgument
	}
	metric := m.ids[id]
	if metric == nil {
		return statusNotFound
	}
	if kind == counterMetric && offset <= 0 {
		return statusBadArgument
	}
	metric.Value += uint64(offset)
	return statusOK
}

// record sets a gauge, adds to a counter, and samples a histogram.
func (m *vmMetrics) record(id uint32, value uint64) status {
	metric := m.ids[id]
	if metric == nil {
		return statusNotFound
	}
	switch id & 3 {
	case counterMetric:
		metric.Value += value
	case gaugeMetric:
		metric.Value = value
	default:
		metric.Samples = append(metric.Samples, value)
	}
	return statusOK
}

func (m *vmMetrics) get(id uint32) (uint64, status) {
	if id&3 > gaugeMetric {
		return 0, statusBadArgument
	}
	metric := m.ids[id]
	if metric == nil {
		return 0, statusNotFound
	}
	return metric.Value, statusOK
}
