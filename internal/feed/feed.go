// Package feed has the domain types of a blog's feed: Post, Entry, Batch and errors. Its functions limit and sanitize
// texts from publishers and files. It makes no requests (see fetch) and parses no documents (see parse).
package feed

import "time"

// Limits of a feed and its posts. They prevent a hostile feed from filling memory or disk.
const (
	MaxBody    = 10 << 20 // bytes of a feed after decompression
	MaxLink    = 2048
	MaxContent = 256 << 10 // bytes of HTML; longer content is cut
	MaxTitle   = 2048      // bytes of a title that may contain markup; longer titles are cut

	// MaxCategories is the maximum number of categories of an entry.
	MaxCategories = 32

	// MaxAuthors is the maximum number of authors of an entry.
	MaxAuthors = 8

	maxID   = 512
	maxName = 128 // bytes of a category or of an author's name
)

// Post is an entry of a blog.
type Post struct {
	// ID is the GUID, the link, or a hash of link, title and date: the first of them that is unique in the document. An
	// ID of more than 512 bytes, or with control characters, is replaced by its hash.
	ID string
	// Title is plain text on one line, without markup, entities, control characters, zero-width or bidirectional
	// control characters. Emoji stay. It is empty if the post does not have a title.
	Title string
	// Link is an absolute http or https URL of at most 2048 bytes, or empty.
	Link string
	// Published is in UTC. It is never zero in a post from an archive. DateKind says what it means.
	Published time.Time
	DateKind  DateKind
}

// Entry is a post with all its fields. In an entry from a parser, Published is the date that the feed states, or zero
// if the feed does not state a usable date. Then DateKind is zero too: the archive chooses both.
type Entry struct {
	Post
	// Content is HTML: the longest of content, description and summary, cut at 256 KiB.
	Content string
	// Categories are plain text like Title, without duplicates, in the feed's order.
	Categories []string
	// Authors are the names of the post's authors: plain text like Title, without duplicates, in the feed's order.
	Authors []string
	// Image is an absolute http or https URL, or empty.
	Image string
	// Audio is the post's audio. Audio.URL is empty if the post does not have audio.
	Audio Audio
	// Language is the language tag (RFC 5646) of the entry or else of its feed, or empty.
	Language string
}

// Audio is the first audio enclosure of a post.
type Audio struct {
	URL  string // absolute http or https
	Type string // a media type, "audio/mpeg"
}

// Batch is the content of one response.
type Batch struct {
	// Entries are in the publisher's order. Published is the date that the publisher states. If several entries have
	// the same ID, only the first counts.
	Entries []Entry
	// Now is the time of the response. It is the date of a post that is new in a feed without dates, and of a post whose
	// date is in the future.
	Now time.Time
	// Older marks a page of older posts. Its posts do not count as new, so they do not get the date Now.
	Older bool
	// BackfillID is the number of the backfill that fetched these entries, from 1, or zero if no backfill did. The
	// store marks the entries as seen by this backfill.
	BackfillID int
	// MarkAllSeen makes the store mark all stored posts as seen by the backfill.
	MarkAllSeen bool
	// Hosts are all hosts of a blog that has moved, the current host last. It is empty if the blog has not moved. The
	// store remembers them. Posts at these hosts with equal path, title and date are one post.
	Hosts []string
	// Notes returns the memos to store with the entries, by name. They may depend on the result of storing the entries.
	// Nil stores no memos.
	Notes func(StoreResult) (map[string][]byte, error)
}

// StoreResult is the result of storing a Batch.
type StoreResult struct {
	New       int // posts that were not in the store
	Changed   int // stored posts that changed
	NewlySeen int // posts that the batch's backfill had not seen before

	Merged     int    // posts that were stored twice, because the blog had moved, and are one post now
	MergedFile string // the file that has the removed copies; empty if Merged is 0
}

// A Listener identifies the person who speaks. Stores keep only keyed hashes of the ids.
type Listener struct {
	Account string // id of the Amazon account; "" if the request does not have one
	Person  string // id of the person within the account, if Alexa recognized the voice; otherwise ""

	// Key identifies a listener of the account whom the store knows. If it is set, Person is ignored. Requests without a
	// voice, such as the end of a session, do not have a person.
	Key string
}

// A Bookmark is where a listener stopped. Stores do not interpret its texts, and the conversation validates them when it
// reads them back. An empty text means that the listener did not stop there.
type Bookmark struct {
	Reading     string // of the reading of posts
	Episode     string // of the playback of episodes
	EpisodeLast bool   // Episode was stored after Reading
}

// MaxBookmark limits each text of a Bookmark, in bytes.
const MaxBookmark = 2048
