package load_test

import (
	"os"
	"testing"
	"time"

	"gatehouse/harness/envoy/load"
)

func TestProcessorTimeGrowsWithWork(t *testing.T) {
	before, err := load.ProcessorTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	const work = 30 * time.Millisecond
	deadline := time.Now().Add(10 * time.Second)
	for {
		after, err := load.ProcessorTime(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if after-before >= work {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v more after ten seconds of work, want %v", after-before, work)
		}
	}
}

func TestAProcessThatIsNotThereHasNoTime(t *testing.T) {
	if _, err := load.ProcessorTime(1 << 30); err == nil {
		t.Error("no error, want one")
	}
}
