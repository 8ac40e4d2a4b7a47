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
	maxChains         = 16               // validated chains in memory. Amazon uses one at a time, two around a change
	maxFailures       = 1024             // URLs that are remembered to have failed
	outageTTL         = 10 * time.Second // how long an outage of the bucket is remembered: it must not outlast itself by much
	definiteTTL       = time.Minute      // how long a definite answer is: that there is nothing, or nothing valid
	renewInterval     = time.Minute      // how often a known URL may be asked for another certificate
	knownShapeFetches = 300              // fetches a minute of URLs of the shape that Amazon has always used
	otherShapeFetches = 30               // fetches a minute of any other
)

// knownURLShape is the shape of every certificate URL that Amazon is known to have used. It decides nothing but from which
// of two budgets a fetch is paid. There are 222 URLs of this shape, and each that fails is not asked for again for a
// minute, so that nobody who makes up URLs, of this shape or another, can use up what the true one needs.
var knownURLShape = regexp.MustCompile(`^https://s3\.amazonaws\.com/echo\.api/echo-api-cert(-[0-9]{1,2})?(-ats)?\.pem$`)

// chainStore finds the chain of a URL: in memory, else in Dir, else in Amazon's bucket.
type chainStore struct {
	once                   sync.Once
	known                  *lru.Cache[string, *chain]
	failed                 *lru.Cache[string, cachedFailure]
	flights                singleflight.Group
	knownShape, otherShape budget
}

type cachedFailure struct {
	err   error
	until time.Time
}

func (s *chainStore) init() {
	// The sizes are positive constants, which is all that New can complain of.
	s.known, _ = lru.New[string, *chain](maxChains)
	s.failed, _ = lru.New[string, cachedFailure](maxFailures)
	s.knownShape.perMinute, s.otherShape.perMinute = knownShapeFetches, otherShapeFetches
}

// lookupChain gives the validated chain of url. However many requests wait for one unknown URL, it is looked for once.
func (v *Verifier) lookupChain(url string) (*chain, error) {
	v.chains.once.Do(v.chains.init)
	if c, ok := v.chains.known.Get(url); ok && c.isValidAt(v.now()) {
		return c, nil
	}
	found, err, _ := v.chains.flights.Do(url, func() (any, error) { return v.findChain(url) })
	c, _ := found.(*chain)
	return c, err
}

// findChain looks for a chain in the order of what it costs. It asks memory again, as another flight may have just landed.
func (v *Verifier) findChain(url string) (*chain, error) {
	now := v.now()
	if c, ok := v.chains.known.Get(url); ok && c.isValidAt(now) {
		return c, nil
	}
	if f, _ := v.chains.failed.Get(url); now.Before(f.until) {
		return nil, fmt.Errorf("%w (not tried again before %s)", f.err, f.until.Format(time.RFC3339))
	}
	if c, err := v.loadChain(url, now); err == nil {
		v.chains.known.Add(url, c)
		return c, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		v.warn(fmt.Errorf("a kept certificate chain is of no use, fetching it anew: %w", err))
	}
	return v.fetchChain(url, now)
}

// errFetchedRecently is why a known chain is not renewed. Nobody sees it.
var errFetchedRecently = errors.New("the bucket was asked a moment ago")

// renewChain gives the chain that lies at url now where that is another than old, under which a signature did not verify:
// Amazon may renew a certificate in its place. Most often it is the signature that is wrong, so that the bucket is
// asked once a minute at the most, and old stays whatever comes of it.
func (v *Verifier) renewChain(url string, old *chain) (*chain, error) {
	found, err, _ := v.chains.flights.Do("renew "+url, func() (any, error) {
		if old.successor != nil { // another flight has just landed
			return old.successor, nil
		}
		now := v.now()
		if now.Sub(old.lastFetch) < renewInterval {
			return nil, errFetchedRecently
		}
		old.lastFetch = now
		c, err := v.fetchChain(url, now)
		old.successor = c
		return c, err
	})
	c, _ := found.(*chain)
	return c, err
}

// fetchChain fetches and validates the chain of url, within the budget. It keeps a valid one, and remembers a failure.
func (v *Verifier) fetchChain(url string, now time.Time) (*chain, error) {
	if !v.chains.budgetFor(url).takeToken(now) {
		return nil, refuse(FetchLimit, "certificate %s", quoteForLog(url))
	}
	file, err := v.fetchFile(url)
	ttl := outageTTL
	var c *chain
	if err == nil {
		ttl = definiteTTL
		c, err = parseChain(file, v.Roots, now)
	}
	if errors.Is(err, errBadStatus) {
		ttl = definiteTTL
	}
	if err != nil {
		err = fmt.Errorf("certificate %s: %w", quoteForLog(url), err)
		v.chains.failed.Add(url, cachedFailure{err: err, until: v.now().Add(ttl)})
		return nil, err
	}
	c.lastFetch = now
	v.chains.known.Add(url, c)
	v.warn(v.saveFile(url, file))
	return c, nil
}

func (s *chainStore) budgetFor(url string) *budget {
	if knownURLShape.MatchString(url) {
		return &s.knownShape
	}
	return &s.otherShape
}

// A budget is a bucket of tokens that fills up steadily and holds a minute's worth.
type budget struct {
	perMinute float64
	mu        sync.Mutex
	tokens    float64
	lastFill  time.Time
}

func (b *budget) takeToken(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	// At first, filled is long ago, and the bucket full. A clock that is set back gives nothing and takes nothing.
	elapsed := max(now.Sub(b.lastFill), 0)
	b.tokens = min(b.perMinute, b.tokens+b.perMinute*elapsed.Minutes())
	b.lastFill = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
