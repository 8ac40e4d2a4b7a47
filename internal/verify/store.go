package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"
)

// The economy of chains. Which certificate is asked for is the sender's word, so that everything here is bounded.
const (
	maxChains      = 16               // validated chains in memory. Amazon uses one at a time, two around a change
	maxFailures    = 1024             // URLs that are remembered to have failed
	outageMemory   = 10 * time.Second // how long an outage of the bucket is remembered: it must not outlast itself by much
	answerMemory   = time.Minute      // how long a definite answer is: that there is nothing, or nothing valid
	renewEvery     = time.Minute      // how often a known URL may be asked for another certificate
	fetchesUsual   = 300              // fetches a minute of URLs of the shape that Amazon has always used
	fetchesUnusual = 30               // fetches a minute of any other
)

// usualURL is the shape of every certificate URL that Amazon is known to have used. It decides nothing but from which
// of two budgets a fetch is paid. There are 222 URLs of this shape, and each that fails is not asked for again for a
// minute, so that nobody who makes up URLs, of this shape or another, can use up what the true one needs.
var usualURL = regexp.MustCompile(`^https://s3\.amazonaws\.com/echo\.api/echo-api-cert(-[0-9]{1,2})?(-ats)?\.pem$`)

// chainStore finds the chain of a URL: in memory, else in Dir, else in Amazon's bucket.
type chainStore struct {
	once           sync.Once
	known          *lru.Cache[string, *chain]
	failed         *lru.Cache[string, failure]
	flights        singleflight.Group
	usual, unusual budget
}

type failure struct {
	err   error
	until time.Time
}

func (s *chainStore) init() {
	// The sizes are positive constants, which is all that New can complain of.
	s.known, _ = lru.New[string, *chain](maxChains)
	s.failed, _ = lru.New[string, failure](maxFailures)
	s.usual.perMinute, s.unusual.perMinute = fetchesUsual, fetchesUnusual
}

// chain gives the validated chain of url. However many requests wait for one unknown URL, it is looked for once.
func (v *Verifier) chain(url string) (*chain, error) {
	v.chains.once.Do(v.chains.init)
	if c, ok := v.chains.known.Get(url); ok && c.validAt(v.now()) {
		return c, nil
	}
	found, err, _ := v.chains.flights.Do(url, func() (any, error) { return v.find(url) })
	c, _ := found.(*chain)
	return c, err
}

// find looks for a chain in the order of what it costs. It asks memory again, as another flight may have just landed.
func (v *Verifier) find(url string) (*chain, error) {
	now := v.now()
	if c, ok := v.chains.known.Get(url); ok && c.validAt(now) {
		return c, nil
	}
	if f, _ := v.chains.failed.Get(url); now.Before(f.until) {
		return nil, fmt.Errorf("%w (not tried again before %s)", f.err, f.until.Format(time.RFC3339))
	}
	if c, err := v.load(url, now); err == nil {
		v.chains.known.Add(url, c)
		return c, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		v.warn(fmt.Errorf("a kept certificate chain is of no use, fetching it anew: %w", err))
	}
	return v.fetchChain(url, now)
}

// errAskedLately is why a known chain is not renewed. Nobody sees it.
var errAskedLately = errors.New("the bucket was asked a moment ago")

// renewed gives the chain that lies at url now where that is another than old, under which a signature did not verify:
// Amazon may renew a certificate in its place. Most often it is the signature that is wrong, so that the bucket is
// asked once a minute at the most, and old stays whatever comes of it.
func (v *Verifier) renewed(url string, old *chain) (*chain, error) {
	found, err, _ := v.chains.flights.Do("renew "+url, func() (any, error) {
		if old.successor != nil { // another flight has just landed
			return old.successor, nil
		}
		now := v.now()
		if now.Sub(old.asked) < renewEvery {
			return nil, errAskedLately
		}
		old.asked = now
		c, err := v.fetchChain(url, now)
		old.successor = c
		return c, err
	})
	c, _ := found.(*chain)
	return c, err
}

// fetchChain fetches and validates the chain of url, within the budget. It keeps a valid one, and remembers a failure.
func (v *Verifier) fetchChain(url string, now time.Time) (*chain, error) {
	if !v.chains.budgetOf(url).take(now) {
		return nil, refuse(FetchLimit, "certificate %s", shown(url))
	}
	file, err := v.fetch(url)
	memory := outageMemory
	var c *chain
	if err == nil {
		memory = answerMemory
		c, err = parseChain(file, v.Roots, now)
	}
	if errors.Is(err, errStatus) {
		memory = answerMemory
	}
	if err != nil {
		err = fmt.Errorf("certificate %s: %w", shown(url), err)
		v.chains.failed.Add(url, failure{err: err, until: v.now().Add(memory)})
		return nil, err
	}
	c.asked = now
	v.chains.known.Add(url, c)
	v.warn(v.save(url, file))
	return c, nil
}

func (s *chainStore) budgetOf(url string) *budget {
	if usualURL.MatchString(url) {
		return &s.usual
	}
	return &s.unusual
}

// A budget is a bucket of tokens that fills up steadily and holds a minute's worth.
type budget struct {
	perMinute float64
	mu        sync.Mutex
	tokens    float64
	filled    time.Time
}

func (b *budget) take(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	// At first, filled is long ago, and the bucket full. A clock that is set back gives nothing and takes nothing.
	gone := max(now.Sub(b.filled), 0)
	b.tokens = min(b.perMinute, b.tokens+b.perMinute*gone.Minutes())
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
