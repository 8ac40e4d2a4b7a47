package speech

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCodeIsAnnounced(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"code is announced with its number of lines": {"<p>So:</p><pre><code>a\nb\n\nc\n</code></pre><p>Yes.", "So:\n(Code of 4 lines.)\nYes."},
		"a br is a line break":                       {"<pre>a<br>b</pre>", "(Code of 2 lines.)"},
		"lines that end with CR LF":                  {"<pre>\r\na\r\nb\r\n</pre>", "(Code of 2 lines.)"},
		"markup in code is not read":                 {"<pre>&lt;p&gt;<span>x</span></pre>", "(Code of 1 lines.)"},
		"obsolete elements for code":                 {"<xmp><p>x</p></xmp>", "(Code of 1 lines.)"},
		"code within a sentence is read":             {"<p>Call <code>main</code>.</p>", "Call main."},
		"verse is read line by line":                 {"<pre class=\"wp-block-verse\">Roses are red\nViolets are blue\n\nSugar</pre>", "Roses are red. | Violets are blue.\nSugar."},
		"code in a list is part of the list":         {"<ol><li>Run:<pre>x</pre><li>Stop.</ol>", "1: Run: | (Code of 1 lines.) | 2: Stop."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestReadsImageTexts(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"alternative text is read":                           {`<img src="a.jpg" alt="A cat on a mat">`, "A cat on a mat."},
		"a file name is not read":                            {`<img alt="cat.jpg"><img alt="My cat.JPEG"><img alt="IMG_1234"><img alt="DSC0001"><img alt="screenshot-2024-05-01">`, ""},
		"a default name of an editor is not read":            {`<img alt="Screenshot 2024-05-01 at 10.12.13 AM"><img alt="Bildschirmfoto 2024-05-01 um 10.12.13"><img alt="image (2)"><img alt="Untitled">`, ""},
		"a slug is not read":                                 {`<img alt="my_cat"><img alt="my-cat-mat"><img alt="20240501">`, ""},
		"a word with a number is read":                       {`<img alt="COVID-19"><img alt="B2B">`, "COVID-19. | B2B."},
		"words that start like a default name are read":      {`<img alt="Image of 12 cats">`, "Image of 12 cats."},
		"an empty text is not read":                          {`<img alt=""><img><img alt="🎉">`, ""},
		"a text that equals the caption is not repeated":     {`<figure><a><img alt="A cat"></a><figcaption>A cat.</figcaption></figure>`, "A cat."},
		"a text with a different caption is read":            {`<figure><img alt="A cat"><figcaption>Photo: me</figcaption></figure>`, "A cat.\nPhoto: me."},
		"an image within a sentence is part of the sentence": {`<p>Press <img alt="Play"> to begin.</p>`, "Press Play to begin."},
		"an image before a sentence is a separate sentence":  {`<p><img alt="A cat">This is it. <img alt="A dog"> And this.</p>`, "A cat. | This is it. | A dog. | And this."},
		"the text of a tracking pixel is not read":           {`<img alt="counter" width="1" height="1">`, ""},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestMediaAreAnnounced(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a video":                 {"<p>a<video src=x>no video</video>b</p>", "a.\n(Video.)\nb."},
		"an audio":                {"<audio controls><source src=x><a href=x>download</a></audio>", "(Audio.)"},
		"a video frame":           {`<iframe src="https://www.youtube.com/embed/x"></iframe>`, "(Video.)"},
		"a lazily loaded frame":   {`<iframe src="about:blank" data-src="//player.vimeo.com/video/1"></iframe>`, "(Video.)"},
		"an audio frame":          {`<iframe src="https://w.soundcloud.com/player/"></iframe>`, "(Audio.)"},
		"another frame":           {`<iframe src="https://notyoutube.com/"></iframe>`, "(Embed.)"},
		"a frame without a size":  {`<iframe src="https://x.example/" height="0"></iframe>`, ""},
		"an object":               {`<object data="https://youtu.be/x"><p>Flash!</p></object>`, "(Video.)"},
		"an embed with a type":    {`<embed type="audio/mpeg" src="x">`, "(Audio.)"},
		"a WordPress video block": {`<figure class="wp-block-embed is-type-video"><div>https://youtu.be/x</div><figcaption>One</figcaption></figure>`, "(Video.)\nOne."},
		"a WordPress music block": {`<figure class="wp-block-embed is-type-rich is-provider-spotify"><div>x</div></figure>`, "(Audio.)"},
		"a WordPress post block":  {`<figure class="wp-block-embed is-type-wp-embed"><blockquote>x</blockquote></figure>`, "(Embed.)"},
		"an Instagram post":       {`<blockquote class="instagram-media"><a>View this post</a></blockquote>`, "(Embed.)"},
		"a tweet is a quotation":  {`<blockquote class="twitter-tweet"><p>Hi.</p>&mdash; Me</blockquote>`, "Quote: | Hi.\nMe."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestDropsPageClutter(t *testing.T) {
	for claim, html := range map[string]string{
		"scripts":                    `<script>var a = "<p>x</p>";</script><script type="text/x">x`,
		"styles":                     "<style>p { color: red }</style>",
		"titles":                     "<title>x</title>",
		"forms":                      `<form><label>Name</label><input value="x"></form><button>x</button><select><option>x</select><textarea>x</textarea>`,
		"content for other browsers": `<noscript><img alt="A cat"></noscript><template>x</template><noframes>x</noframes>`,
		"drawings":                   "<svg><title>x</title><text>x</text></svg><canvas>x</canvas>",
		"navigation":                 "<nav>x</nav>",
		"comments":                   "<!-- x --><!DOCTYPE html><?xml x?>",
		"hidden":                     `<p hidden>x</p><div aria-hidden="true">x</div><p style="color: red; DISPLAY : none">x</p><p style="visibility:hidden">x</p>`,
		"content for screen readers": `<span class="a screen-reader-text">x</span><span class="sr-only">x</span>`,
		"Jetpack's share bar":        `<div class="sharedaddy sd-sharing-enabled">Share this</div><div id="jp-relatedposts" class="jp-relatedposts">Related</div>`,
		"other share bars":           `<div class="addtoany_share_save_container">x</div><ul class="social-share"><li>x</ul><div class="social-share-icons">x</div>`,
		"related posts":              `<div class="yarpp">x</div><ul class="related-posts"><li>x</ul>`,
		"a table of contents":        `<div id="toc_container">x</div><div class="ez-toc-container">x</div>`,
		"a subscription form":        `<div class="subscription-widget">x</div>`,
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, "One.\nTwo.", textLines(Parse("<p>One.</p>"+html+"</script></style></template><p>Two.</p>", englishAnnouncements())))
		})
	}
}

func TestDropsFootnotes(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"a superscript link":               {`<p>One<sup><a href="#n1">1</a></sup>.</p>`, "One."},
		"a link with a superscript":        {`<p>One<a href="#fn:1"><sup>1</sup></a>.</p>`, "One."},
		"a link with a class":              {`<p>One<a class="footnote-ref" href="x">1</a>.</p>`, "One."},
		"a link with a role":               {`<p>One<a role="doc-noteref" href="#x">1</a>.</p>`, "One."},
		"brackets":                         {`<p>One<sup>[1]</sup>.</p>`, "One."},
		"a WordPress block":                {`<p>One<sup data-fn="a" class="fn"><a href="#a" id="a-link">1</a></sup>.</p><ol class="wp-block-footnotes"><li id="a">Note. <a href="#a-link">↩︎</a></li></ol>`, "One."},
		"a section":                        {`<p>One.</p><section class="footnotes"><ol><li>Note.</ol></section>`, "One."},
		"a list without a class":           {`<p>One.</p><ol><li><p>Note. <a href="#fnref:1">↩</a></p></ol>`, "One."},
		"a paragraph from Word":            {`<p>One<a href="#_ftn1">[1]</a>.</p><p><a href="#_ftnref1">[1]</a> Note.</p>`, "One."},
		"absolute links":                   {`<p>One<sup><a href="https://a.example/b/#fn:1">1</a></sup>.</p><ol><li><p>Note. <a href="https://a.example/b/#fnref:1">back</a></p></ol>`, "One."},
		"a link to a note of another page": {`<p>See <a href="https://a.example/b/#note-on-jars">jars</a>.</p>`, "See jars."},
		"a link to the top":                {`<p>One. <a href="#top">↑</a></p>`, "One."},
		"a link within the page":           {`<p>See <a href="#more">below</a>.</p>`, "See below."},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestDropsFeedFooters(t *testing.T) {
	for claim, tt := range map[string]struct{ html, want string }{
		"the last sentence of WordPress":                   {`<p>One.</p> <p>The post <a href=x>Title</a> appeared first on <a href=y>Blog</a>.</p>`, "One."},
		"the last sentence of WordPress in German":         {`<p>Eins.</p><p>Der Beitrag <a href=x>Titel</a> erschien zuerst auf <a href=y>Blog</a>.</p>`, "Eins."},
		"the last sentence of WordPress in French":         {`<p>Un.</p><p>L&#8217;article <a href=x>Titre</a> est apparu en premier sur <a href=y>Blog</a>.</p>`, "Un."},
		"the last sentence of Medium":                      {`<p>One.</p><hr><p><a>T</a> was originally published in <a>P</a> on Medium, where people are continuing the conversation by highlighting and responding to this story.</p><img src="https://medium.com/_/stat" width="1" height="1">`, "One."},
		"a read more link":                                 {`<p>One. <a href=x>Continue reading <span class="meta-nav">&rarr;</span></a></p>`, "One."},
		"a read more link with a title":                    {`<p>One.</p><p><a href=x>Continue reading “Title”</a></p>`, "One."},
		"a read more link with a known class":              {`<p>One. <a class="more-link" href=x>Whatever</a></p>`, "One."},
		"a read more link in German":                       {`<p>Eins. <a href=x>Weiterlesen …</a></p>`, "Eins."},
		"a truncation mark":                                {`<p>One and [&#8230;]</p>`, "One and…"},
		"a truncation mark as a link":                      {`<p>One and <a href=x>[...]</a></p>`, "One and."},
		"several footers":                                  {`<p>One and <a>[…]</a></p><p><a>Read more</a></p><p>The post <a>T</a> appeared first on <a>B</a>.</p><div class="sharedaddy">x</div>`, "One and."},
		"a read more link before a tracking pixel":         {`<p>One. <a href=x>Read more</a></p><iframe src="x" width="1"></iframe>`, "One."},
		"Reddit's submission":                              {`<div class="md"><p>One.</p></div> &#32; submitted by &#32; <a href="https://www.reddit.com/user/a"> /u/a </a> <br/> <span><a href="https://a.example/">[link]</a></span> &#32; <span><a href="https://www.reddit.com/r/b/1/">[comments]</a></span>`, "One."},
		"Reddit's submission to a community":               {`<p>One.</p> submitted by <a href="https://www.reddit.com/user/a"> /u/a </a> to <a href="https://www.reddit.com/r/b/"> r/b </a> <br/> <span><a>[link]</a></span> <span><a>[comments]</a></span>`, "One."},
		"Reddit's submission of an image":                  {`<table><tr><td><a href="x"><img src="https://preview.redd.it/x.jpg" alt="A jar of dill"></a></td><td> submitted by <a href="https://www.reddit.com/user/a"> /u/a </a> <br/> <span><a>[link]</a></span> <span><a>[comments]</a></span></td></tr></table>`, "A jar of dill."},
		"an article behind a login":                        {`<p>One.</p><p class="jumpTag"><a href="x">To read this article in full, please click here</a></p>`, "One."},
		"an article behind a login with a link in it":      {`<p>One.</p><p>To read this article in full, please <a href="x">click here</a>.</p>`, "One."},
		"a story of Slashdot":                              {`<p>One.</p><p><a href="x">Read more of this story</a> at Slashdot.</p>`, "One."},
		"a read more text with an arrow":                   {`<p>One.</p><p>Read more »</p>`, "One."},
		"a read more text in brackets":                     {`<p>One. <a href="x">(more&#8230;)</a></p>`, "One."},
		"a read more text after a break":                   {`<p>One.<br>(more…)</p>`, "One."},
		"a newspaper's last sentence":                      {`<p>One.</p><p><a href="x">Read the full story at The Jar.</a></p>`, "One."},
		"a newspaper's last sentence without a link":       {`<p>One.</p><p>Read the full article on The Jar</p>`, "One."},
		"a last sentence after a break":                    {`<p>One.<br>The post <a href=x>Why? Because. Title</a> appeared first on <a href=y>Blog</a>.</p>`, "One."},
		"a last sentence without a paragraph":              {`<p>One.</p>The post <a href=x>T</a> appeared first on <a href=y>B</a>.`, "One."},
		"a last sentence in a div":                         {`<p>One.</p><div>The post <a href=x>T</a> first appeared on <a href=y>B</a>.</div>`, "One."},
		"the last sentence of WordPress in Spanish":        {`<p>Uno.</p><p>La entrada <a>T</a> se publicó primero en <a>B</a>.</p>`, "Uno."},
		"the last sentence of WordPress in Italian":        {`<p>Uno.</p><p>L'articolo <a>T</a> proviene da <a>B</a>.</p>`, "Uno."},
		"the last sentence of WordPress in Portuguese":     {`<p>Um.</p><p>O post <a>T</a> apareceu primeiro em <a>B</a>.</p>`, "Um."},
		"the last sentence of WordPress in Dutch":          {`<p>Een.</p><p>Het bericht <a>T</a> verscheen eerst op <a>B</a>.</p>`, "Een."},
		"the last sentence of WordPress in Japanese":       {`<p>一つ。</p><p>投稿 <a>T</a> は <a>B</a> に最初に表示されました。</p>`, "一つ。"},
		"the last sentence of WordPress in Polish":         {`<p>Raz.</p><p>Artykuł <a>T</a> pochodzi z serwisu <a>B</a>.</p>`, "Raz."},
		"a read more link in French":                       {`<p>Un.</p><p><a>Lire la suite →</a></p>`, "Un."},
		"a read more link in Spanish":                      {`<p>Uno.</p><p><a>Seguir leyendo «T»</a></p>`, "Uno."},
		"a read more link in Italian":                      {`<p>Uno.</p><p><a>Continua a leggere »</a></p>`, "Uno."},
		"a read more link in Portuguese":                   {`<p>Um.</p><p><a>Leia mais</a></p>`, "Um."},
		"a read more link in Dutch":                        {`<p>Een.</p><p><a>Lees verder →</a></p>`, "Een."},
		"a read more link in Japanese":                     {`<p>一つ。</p><p><a>続きを読む</a> →</p>`, "一つ。"},
		"a topic of Discourse":                             {`<p>One.</p><p><small>4 posts - 3 participants</small></p><p><a href=x>Read full topic</a></p>`, "One."},
		"a topic of Discourse in German":                   {`<p>Eins.</p><p><small>1 Beitrag - 1 Teilnehmer</small></p><p><a href=x>Vollständiges Thema lesen</a></p>`, "Eins."},
		"an item of hnrss":                                 {`<p>One.</p><hr><p>Article URL: <a>https://a.example/</a></p><p>Comments URL: <a>https://b.example/</a></p><p>Points: 3</p><p># Comments: 0</p>`, "One."},
		"the comments of Hacker News":                      {`<p>One.</p><a href="https://news.ycombinator.com/item?id=1">Comments</a>`, "One."},
		"a reblog from WordPress on Tumblr":                {`<p>One.</p><p><a href=x>View On WordPress</a></p>`, "One."},
		"the end of a podcast":                             {`<p>One.</p><p>---</p><p>Send in a voice message: https://podcasters.spotify.com/x</p><p>Support this podcast: <a>https://x.example/support</a></p><p>Hosted on Acast. See <a>acast.com/privacy</a> for more information.</p>`, "One."},
		"a read more text in the last paragraph":           {`<p>The jars are cold. (more&#8230;)</p>`, "The jars are cold."},
		"a read more text after an unfinished sentence":    {`<p>The jars are (more&#8230;)</p>`, "The jars are."},
		"a read more text with an arrow after a sentence":  {`<p>The jars are cold. Read more »</p>`, "The jars are cold."},
		"a login in the last paragraph":                    {`<p>The jars are cold. To read this article in full, please click <a href="x">here</a>.</p>`, "The jars are cold."},
		"a story of Slashdot in the last paragraph":        {`<p>The jars are cold. <a href="x">Read more of this story</a> at Slashdot.</p>`, "The jars are cold."},
		"a story in plain text":                            {`The jars are cold. Read more of this story at The Jar Times.`, "The jars are cold."},
		"a story after a blank line":                       {"The jars are cold.\n\nRead more of this story at The Jar Times.", "The jars are cold."},
		"the last sentence of WordPress in plain text":     {`The post office is cold. The post Why? Jars. And lids appeared first on The Jar Times.`, "The post office is cold."},
		"the last sentence of WordPress after a quotation": {`<p>“Cold.” Der Beitrag <a>T</a> erschien zuerst auf <a>B</a>.</p>`, "“Cold.”"},
		"a last sentence about a post office stays":        {`<p>Jars are cold. The post office first appeared on maps in 1843.</p>`, "Jars are cold. | The post office first appeared on maps in 1843."},
		"a story of Slashdot with a frame":                 {`<p>One.</p><p><a href="x">Read more of this story</a> at Slashdot.</p><iframe src="https://slashdot.org/slashdot-it.pl?op=discuss" width="300" height="200"></iframe>`, "One."},
		"a story of Slashdot with share links":             {`<p>One.</p><p><a href="https://twitter.com/home?status=x"><img src="t.png"></a></p><p><a href="x">Read more of this story</a> at Slashdot.</p><p><a href="https://x.com/share">Share on X</a></p>`, "One.\nShare on X."},
		"a story before a video":                           {`<p>One.</p><p><a href="x">Read more of this story</a> at Slashdot.</p><video src="x"></video>`, "One.\n(Video.)"},
		"a story before tags":                              {`<p>One.</p><p>Read more of this story at Slashdot.</p><p>Tags: <a>jars</a>, <a>lids</a></p>`, "One.\nTags: jars, lids."},
		"a story before an image":                          {`<p>One.</p><p>Read more of this story at Slashdot.</p><p><img src="x" alt="A jar on a shelf"></p>`, "One.\nA jar on a shelf."},
		"a read more text before comments":                 {`<p>One.</p><p>(more…)</p><p>Related: <a>Lids</a></p><p><a href="x">3 comments</a></p>`, "One.\nRelated: Lids.\n3 comments."},
		"Reddit's submission without links":                {`<p>Jars are cold.</p><p>submitted by /u/foo [link] [comments]</p>`, "Jars are cold."},
		"Reddit's submission without links, with breaks":   {`<p>Jars are cold.</p><p>submitted by /u/foo<br>[link]<br>[comments]</p>`, "Jars are cold."},
		"Reddit's submission in plain text":                {`Jars are cold. submitted by /u/foo to r/pickles [link] [comments]`, "Jars are cold."},
		"Reddit's submission after an unfinished sentence": {`Jars are cold submitted by /u/foo [link] [comments]`, "Jars are cold."},
		"Reddit's old submission":                          {`<p>Jars are cold.</p> submitted by <a href="https://www.reddit.com/user/foo">foo</a> to <a href="https://www.reddit.com/r/pickles/">r/pickles</a> <a href="x">[link]</a> <a href="y">[12 comments]</a>`, "Jars are cold."},
		"Reddit's old submission with a break":             {`<p>Jars are cold.</p> submitted by <a href="https://www.reddit.com/user/foo">foo</a> to <a href="https://www.reddit.com/r/pickles/">r/pickles</a><br/><a href="x">[link]</a> <a href="y">[1 comment]</a>`, "Jars are cold."},
		"a sentence about Reddit's submission stays":       {`<p>The photo was submitted by /u/foo.</p><p>submitted by /u/foo is a note.</p>`, "The photo was submitted by /u/foo.\nsubmitted by /u/foo is a note."},
		"a sentence that ends with a submission stays":     {`<p>One. The photo was submitted by /u/foo</p>`, "One. | The photo was submitted by /u/foo."},
		"a read more link in a sentence stays":             {`<p>To learn the art of brine, <a href="x">read more</a>.</p>`, "To learn the art of brine, read more."},
		"a more link in a sentence stays":                  {`<p>There is always <a href="x">more</a>.</p>`, "There is always more."},
		"a read more link after a cut":                     {`<p>The jars are <a href="x">Continue reading →</a></p>`, "The jars are."},
		"a note to visit the site":                         {`<p>One.</p><p>[visit site to <a href="x">read more</a>]</p>`, "One."},
		"a read more link in German with its noun":         {`<p>Eins.</p><p>Artikel <a href="x">weiterlesen</a></p>`, "Eins."},
		"a read more link in a German sentence stays":      {`<p>Wer mag, kann <a href="x">weiterlesen</a></p>`, "Wer mag, kann weiterlesen."},
		"a sentence with read more stays":                  {`<p>One. Read more books, and more stories at home.</p>`, "One. | Read more books, and more stories at home."},
		"the rest of an article":                           {`<p>One.</p><p><a href="x">Read 8 remaining paragraphs</a> | <a href="y">Comments</a></p>`, "One."},
		"a registration":                                   {`<p>One.</p><p>To continue reading this article register now</p>`, "One."},
		"a host with the rest":                             {`<p>One. Read more at n.example.</p>`, "One."},
		"a story that continues":                           {`<p>One.</p><p><a href="x">This story continues at The Next Web</a></p>`, "One."},
		"tags of YouTube":                                  {`<p>One.</p><p>#jars #dill_2</p>`, "One."},
		"tags of Mastodon":                                 {`<p>One. <a class="mention hashtag" href=x>#<span>jars</span></a> <a class="mention hashtag" href=x>#<span>dill</span></a></p>`, "One."},
		"a tag within a sentence stays":                    {`<p>I love <a class="mention hashtag" href=x>#<span>jars</span></a></p>`, "I love #jars."},
		"a sentence about reading more stays":              {`<p>One.</p><p>Read more books.</p>`, "One.\nRead more books."},
		"a sentence about a post stays":                    {`<p>One.</p><p>The post office appeared in May.</p>`, "One.\nThe post office appeared in May."},
		"a link with a short text in a sentence stays":     {`<p>One.</p><p>Here is the <a href=x>link</a>.</p>`, "One.\nHere is the link."},
		"a link with a short text alone":                   {`<p>One.</p><p>[<a href=x>Link</a>]</p>`, "One."},
		"a poem's last word stays":                         {`<p>Less,<br>More.</p>`, "Less. | More."},
		"a name of Reddit stays":                           {`<p>Thanks to <a href="https://www.reddit.com/user/a">/u/a</a></p><p>One.</p>`, "Thanks to /u/a.\nOne."},
		"footers in the middle of a post stay":             {`<p><a href=x>Read more</a> of this.</p><p>The post office appeared first on maps.</p><p>Three.</p>`, "Read more of this.\nThe post office appeared first on maps.\nThree."},
		"a link with another text stays":                   {`<p>One. <a href=x>Readmore Inc</a></p>`, "One. | Readmore Inc."},
		"a read more link before a video stays":            {`<p>One. <a href=x>Read more</a></p><video></video>`, "One. | Read more.\n(Video.)"},
	} {
		t.Run(claim, func(t *testing.T) {
			require.Equal(t, tt.want, textLines(Parse(tt.html, englishAnnouncements())))
		})
	}
}

func TestEmptyAnnouncementsSayNothing(t *testing.T) {
	html := `<p>One.</p><blockquote>Two.</blockquote><pre>x</pre><table><tr><td>a<td>b<td>c<td>d</table><video></video><audio></audio><iframe></iframe><p>Three.</p>`
	require.Equal(t, "One.\nTwo.\nThree.", textLines(Parse(html, Announcements{})))
	require.Equal(t, "One.\nQuote: | Two.\n(Code of 1 lines.)\n(Table of 1 rows and 4 columns.)\n(Video.)\n(Audio.)\n(Embed.)\nThree.", textLines(Parse(html, englishAnnouncements())))
}
