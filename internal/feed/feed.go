// Package feed holds the domain types of a blog's feed: Post, Entry, Batch and the errors of a feed. Its functions bound
// and clean what a publisher or a file says. It makes no requests (see fetch) and reads no documents (see parse).
package feed

import "time"

// Bounds of what one post may say of itself, so that what is kept of a hostile feed stays small.
const (
	MaxBody    = 10 << 20 // bytes of a feed after decompression
	MaxLink    = 2048
	MaxContent = 256 << 10 // bytes of HTML; what is beyond is cut off
	MaxTitle   = 2048      // bytes of a title that may be markup; what is beyond is cut off

	// MaxCategories is how many categories an entry has.
	MaxCategories = 32

	maxID       = 512
	maxCategory = 128 // bytes
)

// Post is one entry of a blog.
type Post struct {
	// ID is the GUID, else the link, else a hash of link, title and date: the first of them that no other post of
	// the document bears. An ID of more than 512 bytes, or with control characters, is replaced by its hash.
	ID string
	// Title is plain text on one line: no markup, no entities, no control, zero-width or bidirectional
	// control characters. Emoji stay. It is empty where the post has none.
	Title string
	// Link is an absolute http or https URL of at most 2048 bytes, or empty.
	Link string
	// Published is the instant, in UTC; never zero in a post that Posts hands out.
	Published time.Time
}

// Entry is a post with all that its feed says of it. As a feed is read, Published is what the feed claims,
// and zero where it claims nothing usable.
type Entry struct {
	Post
	// Content is HTML: the longest of content, description and summary. It is at most 256 KiB, cut off there.
	Content string
	// Categories are plain text as Title is, each once, in the feed's order.
	Categories []string
	// Image is an absolute http or https URL, or empty.
	Image string
	// Audio is the post's sound; its URL is empty where there is none.
	Audio Audio
	// Language is the tag that the entry, else its feed, is marked with (RFC 5646), or empty.
	Language string
}

// Audio is the first enclosure with sound.
type Audio struct {
	URL  string // absolute http or https
	Type string // a media type, "audio/mpeg"
}

// Batch is what one answer of a publisher brought.
type Batch struct {
	// Entries stand in the publisher's order, Published being the claim. Of several with one ID the first counts.
	Entries []Entry
	// Now is what a post without a usable date is dated.
	Now time.Time
	// Older marks a page of posts from before those that the feed shows: one without a usable date is not new, and is
	// dated as the post before it on the page.
	Older bool
	// BackfillID is the number, from 1, of the walk through older posts that these entries belong to; 0: none.
	BackfillID int
	// MarkAllSeen makes Walk one that has met every post that is kept.
	MarkAllSeen bool
	// Notes gives the notes by their names, which may depend on what became of the entries; nil: there are none.
	Notes func(StoreResult) (map[string][]byte, error)
}

// StoreResult is what a store made of a Batch.
type StoreResult struct {
	New       int // posts that were not known
	Changed   int // posts that were known, and say something else now
	NewlySeen int // posts that the batch's walk had not met before
}
