DROP TABLE component_label;
DROP TABLE label;
DROP TABLE component;
