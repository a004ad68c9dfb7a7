"""The neck-shaft (caput-collum-diaphyseal) angle on femur masks."""
