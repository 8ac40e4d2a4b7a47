package deployment

import (
	"cmp"
	"context"
	"time"
)

// TimeLimits has the limits of time. The zero value has the limits for Amazon.
type TimeLimits struct {
	// Import limits how long an import, a change of the manifest or the enablement may take. 0: 40 minutes.
	Import time.Duration

	// Search is how long the skill of a creation is searched for, if its answer was lost. It counts from the creation. 0: 40
	// minutes.
	Search time.Duration

	// Simulation limits how long a simulation may take. 0: 2 minutes.
	Simulation time.Duration

	// Pause waits between two questions to Amazon. Nil: it waits for the real time.
	Pause func(ctx context.Context, d time.Duration) error

	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// longestImport is how long an import may take. Amazon's own tool also gives up after 39 minutes.
const longestImport = 40 * time.Minute

// withDefaults returns the timing with its default values.
func (t TimeLimits) withDefaults() TimeLimits {
	t.Import, t.Search = cmp.Or(t.Import, longestImport), cmp.Or(t.Search, longestImport)
	t.Simulation = cmp.Or(t.Simulation, 2*time.Minute)
	if t.Pause == nil {
		t.Pause = pause
	}
	if t.Now == nil {
		t.Now = time.Now
	}
	return t
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// The pauses between two questions about the same work. They grow as in Amazon's own tool, so that a quick import ends
// quickly, and a slow one costs few calls.
const (
	firstPause   = 2 * time.Second
	longestPause = 30 * time.Second
)

// poll calls step until it reports true, returns an error, or the time limit has passed. It calls step at least once.
func (t TimeLimits) poll(ctx context.Context, start time.Time, limit time.Duration, step func() (bool, error)) error {
	for wait := firstPause; ; wait = min(wait+wait/10, longestPause) {
		if done, err := step(); done || err != nil {
			return err
		}
		if t.Now().Sub(start) >= limit {
			return ErrTimeout
		}
		if err := t.Pause(ctx, wait); err != nil {
			return err
		}
	}
}
