package feed

import (
	"context"
	"time"
)

// Keeper is where a Refresher keeps what it finds. An archive is one.
type Keeper interface {
	// Keep takes in entries, and notes with them, in one step that happens whole or not at all: what was fetched
	// and how far the fetching has come cannot drift apart, whenever the process is killed.
	Keep(ctx context.Context, b Batch) (Kept, error)
	// Memo gives the last note of a name; nil where there is none.
	Memo(ctx context.Context, name string) ([]byte, error)
	// Len is how many posts there are to answer from.
	Len() int
	// Latest is the newest post; false where there is none.
	Latest() (Post, bool)
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
	// Walk is the number, from 1, of the walk through older posts that these entries belong to; 0: none.
	Walk int
	// All makes Walk one that has met every post that is kept.
	All bool
	// Notes gives the notes by their names, which may depend on what became of the entries; nil: there are none.
	Notes func(Kept) (map[string][]byte, error)
}

// Kept is what a Keeper made of a Batch.
type Kept struct {
	New     int // posts that were not known
	Changed int // posts that were known, and say something else now
	Fresh   int // posts that the batch's walk had not met before
}
