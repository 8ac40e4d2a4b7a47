package parse

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/feed/feedtest"
)

// TestEveryFieldIsParsed parses an RSS item with all fields.
func TestEveryFieldIsParsed(t *testing.T) {
	e := parseSingle(t, rssFeed(`<item><guid>1</guid><title>Title</title><link>https://blog.test/1</link><pubDate>Sun, 01 Mar 2026 12:00:00 GMT</pubDate>
<description>Text</description><category>Tech</category><enclosure url="https://blog.test/1.mp3" type="audio/mpeg" length="1"/>
<dc:creator>Author</dc:creator><dc:language>en-GB</dc:language><media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://blog.test/1.png"/></item>`))
	for name, value := range feedtest.Fields(&e) {
		require.Equal(t, name == "DateKind", value.IsZero(), `%s is empty:
1. add its element to the item in internal/feed/parse/fields_test.go
2. set it in newFeedItem in internal/feed/parse/item.go
3. if gofeed reads its element, add the element to isCopiedField in internal/feed/parse/xmlfields.go`, name)
	}
}
