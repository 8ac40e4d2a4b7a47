package session

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"lastpost/internal/feed"
)

// Limits of lists.
const (
	PageLength     = 3  // titles on a page: as many as a listener can remember
	MaxFound       = 60 // search results, because each page repeats the search from the beginning
	MaxSeriesPosts = 25 // posts of a series in an answer, because rendering a crafted post takes about 0.1 s
)

// A PostList is a page of posts and the query that selected the posts.
type PostList struct {
	Source ListSource `json:"o"`
	Query  string     `json:"w,omitempty"` // an AMAZON.DATE, search words or a category, depending on Source
	Offset int        `json:"i,omitempty"` // number of posts before the page
	Page   []Ref      `json:"p"`
	Series *Series    `json:"r,omitempty"` // set if the list's posts are read one after the other; see series.go
}

// A Series is the reading of a list's posts, one after the other. The list's page is the post that is being read, and the
// post after it.
type Series struct {
	Read  int   `json:"c"`           // number of posts begun, with the current one
	Ended bool  `json:"e,omitempty"` // the current post was read to its end
	Began int64 `json:"b"`           // when the series began, in seconds since 1970; the list's period is relative to it
	Since Ref   `json:"s,omitempty"` // the newest post at the visit before the series
}

// IsValid reports whether this service could have written the series.
func (s Series) IsValid() bool {
	return s.Read > 0 && s.Read <= MaxOffset && s.Began >= 0 && s.Began < MaxSecond && s.Since.IsValid()
}

// IsValid reports whether this service could have written the list. Query must be sanitized text: a character such as
// \u0001 would take six times its size in the next response and could exceed Amazon's limit.
func (l *PostList) IsValid() bool {
	if l.Offset < 0 || l.Offset > MaxOffset || l.Query != SanitizeText(l.Query) || len(l.Page) == 0 || len(l.Page) > PageLength {
		return false
	}
	if l.Series != nil && !l.Series.IsValid() {
		return false
	}
	for _, r := range l.Page {
		if r == "" || !r.IsValid() {
			return false
		}
	}
	return l.Source.IsKnown()
}

// A Ref identifies a post. It is shorter than the post's id, which can have 512 bytes. It consists of the publication
// second and a hash of the id, both in base 36. The empty ref does not identify a post.
type Ref string

const base = 36

// RefOf returns the ref of a post.
func RefOf(p feed.Post) Ref {
	return Ref(strconv.FormatInt(p.Published.Unix(), base) + "." + strconv.FormatUint(uint64(Hash32(p.ID)), base))
}

// Hash32 returns the 32-bit FNV-1a hash.
func Hash32(id string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never returns an error
	return h.Sum32()
}

// Decode splits a ref into its second and hash.
func (r Ref) Decode() (second int64, id uint32, ok bool) {
	before, after, _ := strings.Cut(string(r), ".")
	second, err := strconv.ParseInt(before, base, 64)
	if err != nil {
		return 0, 0, false
	}
	sum, err := strconv.ParseUint(after, base, 32)
	return second, uint32(sum), err == nil
}

// IsValid reports whether the ref is empty or well-formed.
func (r Ref) IsValid() bool {
	_, _, ok := r.Decode()
	return r == "" || ok && len(r) <= 32
}

// A ListSource says which posts a list contains.
type ListSource string

// The sources of lists.
const (
	SourceNewest   ListSource = "newest"
	SourcePeriod   ListSource = "period"   // Query is an AMAZON.DATE
	SourceSearch   ListSource = "words"    // Query is the search words
	SourceCategory ListSource = "category" // Query is the category's name
	SourceNew      ListSource = "new"
)

// IsKnown reports whether the source is one of the constants.
func (s ListSource) IsKnown() bool {
	return slices.Contains([]ListSource{SourceNewest, SourcePeriod, SourceSearch, SourceCategory, SourceNew}, s)
}
