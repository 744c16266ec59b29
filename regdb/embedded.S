/* The two XML files, linked into the program as they are. */
    .section .rodata
    .global npuscope_registers_xml_begin
    .global npuscope_registers_xml_end
    .global npuscope_semantics_xml_begin
    .global npuscope_semantics_xml_end
npuscope_registers_xml_begin:
    .incbin "registers.xml"
npuscope_registers_xml_end:
npuscope_semantics_xml_begin:
    .incbin "semantics.xml"
npuscope_semantics_xml_end:
    .section .note.GNU-stack,"",%progbits
