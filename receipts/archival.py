"""What makes a PDF one to keep: PDF/A-3 and PDF/UA-1 claimed in its metadata, and its facts attached for programs.

Knows the claims that every paper of ours makes, and the name of the attached facts. Refuses nothing: whether a claim
is true is tested, not believed.
"""

from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from receipts.remembered import Written

VARIANT: Final = "pdf/a-3a"
FACTS_NAME: Final = "facts.json"


def attachment(facts: bytes, written_at: datetime) -> Any:
    """The facts of a paper as the file that comes with it: what is printed, for programs (/AFRelationship /Data)."""
    from weasyprint import Attachment

    said = {"name": FACTS_NAME, "description": "The facts on this paper", "relationship": "Data"}
    return Attachment(string=facts, created=written_at, modified=written_at, **said)


def claim(document: Any, pdf: Any) -> None:
    """Write both claims into the metadata; WeasyPrint writes one or the other. The PDF is finished then."""
    if "AF" in pdf.catalog:  # WeasyPrint names each file twice
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    reference = int(pdf.catalog["Metadata"].split()[0])
    pdf.objects[reference].stream = [metadata(document.metadata.title or "", pdf.info["Producer"].string).encode()]
    pdf.objects[1:] = map(Written, pdf.objects[1:])


def metadata(title: str, producer: str) -> str:
    """The XMP packet. PDF/A knows nothing of the schema of PDF/UA, so the packet explains it."""
    return _PACKET.format(title=escape(title), producer=escape(producer))


_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="A"/>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer="{producer}"/>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 to which the file conforms</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
