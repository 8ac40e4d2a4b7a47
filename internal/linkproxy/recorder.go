package linkproxy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// A Recorder writes exchanges down, off their way: whoever records one waits for nothing, and where too many wait, some
// are lost and counted. It masks, joins what belongs together, and logs each fault that it finds, once.
type Recorder struct {
	now func() time.Time
	log *slog.Logger
	dir string
	did func()

	mu   sync.Mutex // holds what follows
	full time.Duration
	from time.Time // of full recording
	told time.Time // when it was last warned of
	over bool      // it has ended, and that was said

	queue *queue
	end   context.CancelFunc
	ended sync.WaitGroup

	// What follows is the goroutine's own.
	mask    *masker
	store   *store
	joiner  *joiner
	said    *sayings
	failing bool
}

// Options are what a Recorder may be told.
type Options struct {
	Full time.Duration // how long everything is kept, secrets among it; 0: never
	Now  func() time.Time
	Log  *slog.Logger
	Did  func() // is called when exchanges were written down, and must not wait; nil: nobody
}

// OpenRecorder writes into dir, which belongs to one Recorder at a time, until Close.
func OpenRecorder(dir string, o Options) (*Recorder, error) {
	r := &Recorder{now: o.Now, log: o.Log, dir: dir, did: o.Did, queue: newQueue()}
	if r.now == nil {
		r.now = time.Now
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	err := r.openFiles(dir)
	if err == nil {
		err = r.SetFull(o.Full)
	}
	if err != nil {
		return nil, fmt.Errorf("account linking: traces in %s: %w", dir, err)
	}
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	r.ended.Go(func() { r.run(ctx) })
	return r, nil
}

func (r *Recorder) openFiles(dir string) (err error) {
	if r.store, err = openStore(dir); err != nil {
		return err
	}
	key, err := loadKey(dir)
	if err != nil {
		return err
	}
	passing := make([]byte, 32)
	_, _ = rand.Read(passing) // never fails
	r.mask = newMasker(key, passing)
	if r.said, err = openSayings(dir); err != nil {
		return err
	}
	traces, damage, err := readTraces(dir)
	if err != nil {
		return err
	}
	if damage != nil {
		r.log.Warn("account linking: what is damaged of the traces is left out", "error", damage.Error())
	}
	r.joiner = newJoiner()
	for _, t := range slices.Backward(traces) {
		for _, x := range t.Exchanges {
			r.joiner.add(x, "")
		}
		err = errors.Join(err, r.findings(t)) // what ripened while nobody watched
	}
	r.complain(err)
	return nil
}

// SetFull says for how long everything is kept from the beginning of full recording, secrets among it; 0: not at all. It
// begins when it is first asked for, also before a restart, and begins anew only after a 0.
func (r *Recorder) SetFull(length time.Duration) (err error) {
	r.mu.Lock()
	r.full, r.told, r.over = length, time.Time{}, false
	r.from, err = fullSince(r.dir, length > 0, r.now())
	r.mu.Unlock()
	if err == nil {
		r.warnOfFull()
	}
	return err
}

// Close writes what waits, and ends.
func (r *Recorder) Close() error {
	r.end()
	r.ended.Wait()
	return r.store.close()
}

// record takes an exchange, or counts one as lost.
func (r *Recorder) record(x *exchange) {
	if r != nil {
		r.queue.put(x)
	}
}

func (r *Recorder) run(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-r.queue.ready:
			r.writeAll()
		case <-tick.C:
			r.look()
		case <-ctx.Done():
			r.writeAll()
			return
		}
	}
}

// writeAll writes what waits, as much at once as may be: one wait for the disk is enough for all of it.
func (r *Recorder) writeAll() {
	for batch := r.queue.take(); len(batch) > 0; batch = r.queue.take() {
		r.write(batch)
	}
}

func (r *Recorder) write(batch []*exchange) {
	var kept []Exchange
	for _, x := range batch {
		r.unharmed(func() {
			k := r.mask.keep(x, r.isFull())
			r.joiner.join(&k, x.flow)
			r.joiner.add(k, x.flow)
			kept = append(kept, k)
		})
	}
	err := r.store.write(kept)
	for _, k := range kept {
		r.log.Info("account linking", "trace", k.Trace, "leg", string(k.Leg), "method", k.Method, "path", r.mask.prose(k.Asked), "status", k.Status, "ms", k.MS, "error", r.mask.prose(k.Error))
	}
	for _, k := range kept {
		err = errors.Join(err, r.findings(r.joiner.trace(k.Trace)))
	}
	r.complain(errors.Join(err, r.forget()))
	if r.did != nil {
		r.did()
	}
}

// unharmed reads what strangers have written. Should there be a fault in that, it costs one of theirs, and not the service,
// whose job is another.
func (r *Recorder) unharmed(read func()) {
	defer func() {
		if fault := recover(); fault != nil {
			r.log.Error("account linking: an exchange is left out, by a fault of this program's", "fault", fmt.Sprint(fault))
		}
	}()
	read()
}

// complain says once that something could not be written.
func (r *Recorder) complain(err error) {
	if err != nil && !r.failing {
		r.log.Error("account linking: exchanges are not written down", "error", err.Error(), "remedy", "look after the disk of data_dir")
	}
	r.failing = err != nil
}

// forget drops what was said of traces that the files have lost, where they have just turned.
func (r *Recorder) forget() error {
	kept := r.store.kept
	if kept == nil {
		return nil
	}
	r.store.kept = nil
	return r.said.keep(func(trace string) bool { return kept[trace] || r.joiner.byID[trace] != nil })
}

// findings logs what was not logged yet.
func (r *Recorder) findings(t Trace) error {
	var said []string
	var found []Finding
	r.unharmed(func() { found = Diagnose(t, r.now()) })
	for _, f := range found {
		if key := saying(t, f); !r.said.said[key] {
			r.log.Warn("account linking: "+f.Title, "trace", t.ID, "rule", f.Rule, "source", f.Source, "seen", f.Seen, "fault", string(f.Fault), "remedy", f.Remedy)
			said = append(said, key)
		}
	}
	return r.said.add(said)
}

// look finds what only time shows, such as a request that never came.
func (r *Recorder) look() {
	var err error
	for _, t := range r.joiner.open(r.now()) {
		err = errors.Join(err, r.findings(t))
	}
	if err != nil {
		r.complain(err)
	}
	if lost := r.queue.losses(); lost > 0 {
		r.log.Warn("account linking: exchanges were not recorded, as too many came at once", "lost", lost)
	}
	r.warnOfFull()
}

func (r *Recorder) isFull() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.whole()
}

// whole is false as well where the beginning lies ahead, but for what clocks differ by: a clock that was wrong when full
// recording began, and was set right since, would else prolong it by years.
func (r *Recorder) whole() bool {
	since := r.now().Sub(r.from)
	return r.full > 0 && since < r.full && since > -time.Minute
}

// FullUntil is when full recording ends by itself; zero: it is not at work.
func (r *Recorder) FullUntil() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.whole() {
		return time.Time{}
	}
	return r.from.Add(r.full)
}

// warnOfFull says once an hour that secrets are being written down, and once that this has ended.
func (r *Recorder) warnOfFull() {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := r.from.Add(r.full).UTC().Format(time.RFC3339)
	switch {
	case r.full == 0:
	case r.whole() && r.now().Sub(r.told) >= time.Hour:
		r.told = r.now()
		r.log.Warn("account linking: PASSWORDS, CODES AND TOKENS ARE BEING WRITTEN DOWN IN CLEAR", "until", ends, "remedy", "set account_linking.record: redacted")
	case !r.whole() && !r.over:
		r.over = true
		r.log.Warn("account linking: full recording has ended; secrets are masked", "ended", ends,
			"remedy", "set account_linking.record: redacted; what was recorded in clear stays in data_dir/link until it is overwritten or removed")
	}
}
