package feed

// Bounds of what an entry holds beside its Post.
const (
	maxContent    = 256 << 10 // bytes of HTML; what is beyond is cut off
	maxCategories = 32
	maxCategory   = 128 // bytes
)

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
