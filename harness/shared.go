package harness

// sharedData is what proxy_get_shared_data and proxy_set_shared_data see: one
// table a VM id, common to all worker threads and to all plugins with that id.
type sharedData struct {
	tables map[string]map[string]sharedValue
	cas    uint32
}

type sharedValue struct {
	data []byte
	cas  uint32
}

func (s *sharedData) get(vmID, key string) (sharedValue, status) {
	v, ok := s.tables[vmID][key]
	if !ok {
		return sharedValue{}, statusNotFound
	}
	return v, statusOK
}

// set stores a value. A cas of 0 overwrites, and a cas other than 0 on a key
// that does not exist creates it.
func (s *sharedData) set(vmID, key string, data []byte, cas uint32) status {
	if s.tables == nil {
		s.tables = map[string]map[string]sharedValue{}
	}
	table := s.tables[vmID]
	if table == nil {
		table = map[string]sharedValue{}
		s.tables[vmID] = table
	}
	if old, ok := table[key]; ok && cas != 0 && cas != old.cas {
		return statusCasMismatch
	}
	s.cas++
	if s.cas == 0 {
		s.cas++
	}
	table[key] = sharedValue{data: data, cas: s.cas}
	return statusOK
}

// sharedQueues are the queues of all VM ids. The plugin that registered a queue
// last is told when something is put in.
type sharedQueues struct {
	tokens map[queueName]uint32
	queues map[uint32]*sharedQueue
	next   uint32
}

type queueName struct{ vmID, name string }

type sharedQueue struct {
	items [][]byte
	// ready is called, later and on the thread of its owner, for each item.
	ready func(token uint32)
}

func (s *sharedQueues) register(vmID, name string, ready func(uint32)) uint32 {
	if s.tokens == nil {
		s.tokens = map[queueName]uint32{}
		s.queues = map[uint32]*sharedQueue{}
	}
	key := queueName{vmID, name}
	token, ok := s.tokens[key]
	if !ok {
		s.next++
		token = s.next
		s.tokens[key] = token
		s.queues[token] = &sharedQueue{}
	}
	s.queues[token].ready = ready
	return token
}

func (s *sharedQueues) resolve(vmID, name string) (uint32, bool) {
	token, ok := s.tokens[queueName{vmID, name}]
	return token, ok
}

func (s *sharedQueues) enqueue(token uint32, item []byte) status {
	q := s.queues[token]
	if q == nil {
		return statusNotFound
	}
	q.items = append(q.items, item)
	q.ready(token)
	return statusOK
}

func (s *sharedQueues) dequeue(token uint32) ([]byte, status) {
	q := s.queues[token]
	if q == nil {
		return nil, statusNotFound
	}
	if len(q.items) == 0 {
		return nil, statusEmpty
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item, statusOK
}
